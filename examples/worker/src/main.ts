// Adds up orders, each exactly once: tsx src/main.ts <url> <ledger file>
import { createClient } from "@rtmsg/client";
import { readLedger, saveLedger } from "./ledger.js";
import type { topics } from "./topics.js";

const [url = "http://127.0.0.1:3030", file = "ledger.json"] = process.argv.slice(2);

await using client = createClient<typeof topics>({ url });
let ledger = await readLedger(file);
const from = ledger.cursor === undefined ? "earliest" : { cursor: ledger.cursor };
console.log(`Going on from ${ledger.cursor ?? "the first event"}`);

for await (const { data, cursor } of client.subscribe({ topic: "orders.created", from })) {
  ledger = { cursor, orders: ledger.orders + 1, sum: ledger.sum + data.total };
  await saveLedger(file, ledger);
  console.log(`${ledger.orders} orders, ${ledger.sum} in all`);
}
