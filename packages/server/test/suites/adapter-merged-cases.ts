import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { initTRPC, type TRPCDataTransformer } from "@trpc/server";
import superjson from "superjson";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { Broker } from "../../src/broker/broker.js";
import { createBroker } from "../../src/create-broker.js";
import { transformer as ours } from "../../src/protocol/transformer.js";
import { createRouter } from "../../src/router/create-router.js";
import { formatError } from "../../src/router/trpc-error.js";
import { attachedTo } from "../live/support/attached.js";
import { until } from "../support/until.js";
import type { Adapter } from "./support/adapter.js";
import { ownFormat } from "./support/own-format.js";
import { serveRouter } from "./support/serve-router.js";

// eslint-disable-next-line typescript/explicit-function-return-type
function merge(broker: Broker, transformer: TRPCDataTransformer | undefined) {
  const options = { errorFormatter: formatError, ...(transformer !== undefined && { transformer }) };
  const t = initTRPC.create(options as { transformer: TRPCDataTransformer });
  return t.router({ hello: t.procedure.query(() => "hi"), events: createRouter(broker) });
}

// eslint-disable-next-line typescript/explicit-function-return-type
function connect(url: string, transformer: TRPCDataTransformer | undefined) {
  const client = createWSClient({
    url,
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    retryDelayMs: () => 5,
  });
  onTestFinished(() => client.close());
  type Router = ReturnType<typeof merge>;
  const link = { client, ...(transformer !== undefined && { transformer }) };
  return createTRPCClient<Router>({ links: [wsLink(link as Parameters<typeof wsLink<Router>>[0])] });
}

export function adapterMergedCases(adapter: Adapter): void {
  describe("rtmsg's router within another", () => {
    it.each([
      ["the transformer of rtmsg", ours, true],
      ["superjson", superjson, true],
      ["no transformer", undefined, false],
      ["another transformer", ownFormat, false],
    ] as const)("that has %s is served with it", async (_, transformer, isAttached) => {
      await using broker = await createBroker();
      const { url, reconnect, wss } = await serveRouter(adapter, { router: merge(broker, transformer) });
      const trpc = connect(url, transformer);
      const data = transformer === undefined ? { at: "a date" } : { at: new Date(5) };
      const items: unknown[] = [];
      const arrays: unknown[] = [];
      const input = { topic: "t", from: "earliest" } as const;
      expect(await trpc.hello.query()).toBe("hi");
      await trpc.events.produce.mutate({ topic: "t", data });
      const single = trpc.events.subscribe.subscribe(input, { onData: ({ data: item }) => items.push(item) });
      const batch = trpc.events.subscribeBatch.subscribe(input, {
        onData: (item) => arrays.push(...(item as unknown as { data: unknown[] }).data),
      });
      await until(() => items.length === 1 && arrays.length === 1, "the past is there");
      await until(() => broker.fanOut.size > 0, "they are live");
      if (adapter.isOurs) expect(attachedTo(broker).groups).toBe(isAttached ? 2 : 0);
      await trpc.events.produceBatch.mutate({ events: [2, 3].map((one) => ({ topic: "t", data: one })) });
      await until(() => items.length === 3 && arrays.length === 3, "what is new is there");
      reconnect();
      await until(() => wss.clients.size === 1 && broker.subscriberCount === 2, "both are there again");
      await broker.produce({ topic: "t", data });
      await until(() => items.length === 4 && arrays.length === 4, "what came after is there");
      for (const got of [items, arrays]) {
        expect(got).toMatchObject([
          { topic: "t", offset: 1, data },
          { offset: 2, data: 2 },
          { offset: 3, data: 3 },
          { offset: 4, data },
        ]);
      }
      const failed = trpc.events.produce.mutate({ topic: "t", data: 1, expectedOffset: 1 });
      await expect(failed).rejects.toMatchObject({ data: { rtmsg: { code: "OFFSET_MISMATCH", actual: 4 } } });
      single.unsubscribe();
      batch.unsubscribe();
      await until(() => broker.subscriberCount === 0, "both have ended");
      expect(broker.fanOut.size).toBe(0);
    });
  });
}
