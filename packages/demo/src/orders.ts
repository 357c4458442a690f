// A shop's orders: declared topics, a producer, two subscribers and a replay. Runs by itself, from the first
// event to the last check: npm run demo -- orders
import { createClient, isRtmsgError, type EventOf, type TypesOf } from "@rtmsg/client";
import { defineTopics, memoryEngine, startServer } from "@rtmsg/server";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";

// 1. The topics. The server checks data against the schemas; clients take their types from here.
const topics = defineTopics({
  "orders.created": z.object({ id: z.string(), total: z.number().positive(), placedAt: z.date() }),
  "orders.shipped": z.object({ id: z.string(), carrier: z.enum(["post", "bike"]) }),
  "shops.*.opened": { schema: z.object({ by: z.string() }), retention: { maxEvents: 1_000 } },
});
type OrderEvent = EventOf<TypesOf<typeof topics>, "orders.*">;

const ORDERS = 5;
const placedAt = new Date("2026-01-02T03:04:05Z");

await using server = await startServer({ topics, port: 0, engine: memoryEngine() });
console.log(`A broker runs at ${server.url}`);

// 2. Two subscribers, each with a connection of its own. They start with the first event, so that it does not
// matter who is connected first.
await using billing = createClient<typeof topics>({ url: server.url });
await using dashboard = createClient<typeof topics>({ url: server.url });
const invoices = writeInvoices();
const watched = watchOrders();

// 3. A producer. A topic that is not declared, or data of another shape, does not compile.
await using shop = createClient<typeof topics>({ url: server.url });
for (let n = 1; n <= ORDERS; n++) {
  const id = `o-${n}`;
  await shop.produce.mutate({ topic: "orders.created", data: { id, total: n * 10, placedAt }, id });
  if (n % 2 === 1) await shop.produce.mutate({ topic: "orders.shipped", data: { id, carrier: "bike" } });
}
await shop.produce.mutate({ topic: "shops.berlin.opened", data: { by: "Kim" } });

// A retry with the same event id is not a second event.
const retry = { topic: "orders.created", data: { id: "o-1", total: 10, placedAt }, id: "o-1" } as const;
const { duplicate } = await shop.produce.mutate(retry);
check("a retry is not a second event", duplicate, true);

// What the types cannot say, the schema does.
const refusal = await shop.produce
  .mutate({ topic: "orders.created", data: { id: "o-9", total: -1, placedAt } })
  .catch((error: unknown) => error);
const issues = isRtmsgError(refusal, "DATA_INVALID") ? (refusal.details.issues ?? []) : [];
check(
  "a negative total is refused",
  issues.map(({ path }) => path.join(".")),
  ["total"],
);

check("billing got every order once", await invoices, 150);
const seen = await watched;
check("the dashboard got created and shipped in order", seen.map(describe), [
  "o-1 created at 2026-01-02T03:04:05.000Z",
  "o-1 shipped by bike",
  "o-2 created at 2026-01-02T03:04:05.000Z",
  "o-3 created at 2026-01-02T03:04:05.000Z",
  "o-3 shipped by bike",
  "o-4 created at 2026-01-02T03:04:05.000Z",
  "o-5 created at 2026-01-02T03:04:05.000Z",
  "o-5 shipped by bike",
]);

// 4. The past: from the first event, and from where somebody left off.
const replayed = await replay("earliest");
check("a late subscriber sees the same events", replayed, seen);
const leftOff = seen[2];
const resumed = await replay({ cursor: leftOff?.cursor ?? "" });
check("a cursor resumes after its event", resumed, seen.slice(3));

async function writeInvoices(): Promise<number> {
  let sum = 0;
  let count = 0;
  for await (const event of billing.subscribe({ topic: "orders.created", from: "earliest" })) {
    // event.data is { id: string; total: number; placedAt: Date }
    sum += event.data.total;
    console.log(`  billing    invoice for ${event.data.id}: ${event.data.total} EUR`);
    if (++count === ORDERS) break;
  }
  return sum;
}

async function watchOrders(): Promise<OrderEvent[]> {
  const events: OrderEvent[] = [];
  for await (const event of dashboard.subscribe({ topic: "orders.*", from: "earliest" })) {
    console.log(`  dashboard  #${event.offset} ${describe(event)}`);
    events.push(event);
    if (events.length === 8) break;
  }
  return events;
}

async function replay(from: "earliest" | { cursor: string }): Promise<OrderEvent[]> {
  await using late = createClient<typeof topics>({ url: server.url });
  const events: OrderEvent[] = [];
  for await (const event of late.subscribe({ topic: "orders.*", from, until: "now" })) events.push(event);
  console.log(`  replay     ${events.length} events from ${typeof from === "string" ? from : from.cursor}`);
  return events;
}

function describe(event: OrderEvent): string {
  // The topic tells which data it is.
  return event.topic === "orders.created"
    ? `${event.data.id} created at ${event.data.placedAt.toISOString()}`
    : `${event.data.id} shipped by ${event.data.carrier}`;
}

function check(what: string, actual: unknown, expected: unknown): void {
  const isAsExpected = isDeepStrictEqual(actual, expected);
  console.log(`${isAsExpected ? "ok     " : "NOT OK "} ${what}`);
  if (isAsExpected) return;
  console.error("expected", expected, "and got", actual);
  process.exitCode = 1;
}
