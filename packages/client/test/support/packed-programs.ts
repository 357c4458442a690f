/** What an app declares. */
export const TOPICS = `
import { defineTopics } from "@rtmsg/client";
import { z } from "zod";
export const topics = defineTopics({
  "orders.created": z.object({ id: z.string(), total: z.number() }),
  "chat.*": { schema: z.object({ text: z.string() }), retention: { maxAge: "7d" } },
});
`;

/** Where the server of the programs answers. */
export function urlModule(url: string): string {
  return `export const url = ${JSON.stringify(url)};\n`;
}

/** Produces with declared topics. */
export const PRODUCE = `
import { createClient } from "@rtmsg/client";
import { topics } from "./topics.js";
import { url } from "./url.js";

await using client = createClient({ url, topics });
const { duplicate } = await client.produce.mutate({
  topic: "orders.created",
  data: { id: "o-1", total: 12 },
  id: "o-1",
});
const receipts = await Promise.all(
  ["hi", "there"].map((text) => client.topic("chat.lobby").produce({ text })),
);
console.log("produced", duplicate, receipts.length);
`;

/** Iterates the events of declared topics. */
export const ITERATE = `
import { createClient } from "@rtmsg/client";
import type { topics } from "./topics.js";
import { url } from "./url.js";

const client = createClient<typeof topics>({ url });
for await (const event of client.subscribe({ topic: "orders.*", from: "earliest", until: "now" })) {
  const total: number = event.data.total;
  console.log("received", event.data.id, total);
}
for await (const item of client.subscribe({ topic: "chat.lobby", from: "earliest", onGap: "report" })) {
  if ("type" in item) throw new Error(item.requested);
  console.log("received", item.data.text);
  if (item.data.text === "there") break;
}
await client.close();
`;

/** Tells an error by its code, and uses the stock tRPC client. */
export const STOCK = `
import { createClient, isRtmsgError, type AppRouter, type TypesOf } from "@rtmsg/client";
import { createTRPCClient, httpLink } from "@trpc/client";
import superjson from "superjson";
import type { topics } from "./topics.js";
import { url } from "./url.js";

await using client = createClient<typeof topics>({ url });
try {
  await client.history.query({ topic: "orders.created", from: { cursor: "aaaaaaaa-1" } });
} catch (error) {
  if (isRtmsgError(error, "GAP")) console.log("gap after", error.details.requested);
}

const trpc = createTRPCClient<AppRouter<TypesOf<typeof topics>>>({
  links: [httpLink({ url: url + "/trpc", transformer: superjson })],
});
const receipt = await trpc.produce.mutate({ topic: "chat.lobby", data: { text: "hi" } });
console.log("stock", receipt.offset);
`;

/** Three mistakes. */
export const WRONG = `
import { createClient } from "@rtmsg/client";
import type { topics } from "./topics.js";

const client = createClient<typeof topics>({ url: "http://localhost" });
await client.produce.mutate({ topic: "orders.creatd", data: { id: "o-1", total: 12 } });
await client.produce.mutate({ topic: "orders.created", data: { id: "o-1" } });
client.subscribe({ topic: "order.*" });
`;

/** Server and client in one process. */
export const SERVICE = `
import { createClient } from "@rtmsg/client";
import { defineTopics, startServer } from "@rtmsg/server";
import { z } from "zod";

const topics = defineTopics({ "orders.created": z.object({ total: z.number() }) });
await using server = await startServer({ topics, port: 0 });
await using client = createClient<typeof topics>({ url: server.url });
const orders = client.subscribe({ topic: "orders.created" });
await client.produce.mutate({ topic: "orders.created", data: { total: 12 } });
for await (const { data } of orders) {
  console.log("received", data.total);
  break;
}
`;

/** How an app may have set up its compiler. */
export const SETTINGS = [
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "esnext", moduleResolution: "bundler" },
] as const;
