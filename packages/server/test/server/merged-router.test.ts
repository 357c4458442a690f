import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createTRPCClient, createWSClient, httpLink, wsLink } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { applyWSSHandler as stockHandler } from "@trpc/server/adapters/ws";
import superjson from "superjson";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { defineTopics } from "../../src/topics/index.js";
import { createBroker } from "../../src/create-broker.js";
import { createRouter } from "../../src/router/create-router.js";
import { formatError } from "../../src/router/trpc-error.js";
import { transformer } from "../../src/protocol/transformer.js";
import { applyWSSHandler as ourHandler } from "../../src/transport/trpc/wss-handler.js";
import { failureOf, rtmsgOf } from "../support/stock-client.js";
import { until } from "../support/until.js";

const t = initTRPC.create({ transformer, errorFormatter: formatError });

/** A schema that takes the longer the earlier an event is. */
const slow = z.unknown().refine(async (value) => {
  if (typeof value === "number") await new Promise((resolve) => setTimeout(resolve, 20 - value));
  return true;
});

async function makeRouter() {
  const broker = await createBroker({ topics: defineTopics({ t: slow }) });
  onTestFinished(() => broker.close());
  const router = t.router({
    hello: t.procedure.input(z.object({ name: z.string() })).query(({ input }) => `hi ${input.name}`),
    fail: t.procedure.query(() => {
      throw new Error("secret inside");
    }),
    events: createRouter(broker),
  });
  return { broker, router };
}

type Router = Awaited<ReturnType<typeof makeRouter>>["router"];

/** Serves a router of the app without a context of its own. */
async function serveRouter(router: Router, handler: typeof stockHandler): Promise<string> {
  const server = createServer(createHTTPHandler({ router, basePath: "/trpc/" }));
  const wss = new WebSocketServer({ server, path: "/trpc" });
  handler({ wss, router });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const client of wss.clients) client.terminate();
    wss.close();
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/trpc`;
}

function connect(url: string) {
  const ws = createWSClient({
    url: url.replace("http", "ws"),
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  });
  onTestFinished(() => ws.close());
  return createTRPCClient<Router>({ links: [wsLink({ client: ws, transformer: superjson })] });
}

describe.each([
  ["tRPC's own handler", stockHandler],
  ["ours", ourHandler as typeof stockHandler],
])("the router merged into an app's, served by %s", (_, handler) => {
  it("serves the app's procedures and the broker's", async () => {
    const { broker, router } = await makeRouter();
    const trpc = connect(await serveRouter(router, handler));
    expect(await trpc.hello.query({ name: "you" })).toBe("hi you");
    const seen: unknown[] = [];
    let isStarted = false;
    const subscription = trpc.events.subscribe.subscribe(
      { topic: "t" },
      {
        onStarted: () => {
          isStarted = true;
        },
        onData: ({ data }) => seen.push(data),
      },
    );
    await until(() => isStarted, "it has started");
    await trpc.events.produce.mutate({ topic: "t", data: new Date(0) });
    await until(() => seen.length === 1, "the event is there");
    expect(seen).toMatchObject([{ data: new Date(0), offset: 1 }]);
    expect(await trpc.events.topics.list.query()).toMatchObject({ topics: [{ topic: "t" }] });
    subscription.unsubscribe();
    await until(() => broker.subscriberCount === 0, "it has stopped");
  });

  it("gives the errors of both their codes, and hides the inside", async () => {
    const { router } = await makeRouter();
    const url = await serveRouter(router, handler);
    const http = createTRPCClient<Router>({ links: [httpLink({ url, transformer: superjson })] });
    for (const trpc of [connect(url), http]) {
      expect(
        await failureOf(trpc.events.produce.mutate({ topic: "no topic" as "t", data: 1 })),
      ).toMatchObject({
        code: "TOPIC_INVALID",
      });
      const error: unknown = await trpc.fail.query().catch((cause: unknown) => cause);
      expect(rtmsgOf(error)).toEqual({ code: "INTERNAL", httpStatus: 500 });
      expect(JSON.stringify(error) + (error as Error).message).not.toContain("secret");
      expect(await failureOf(trpc.hello.query({} as { name: string }))).toMatchObject({
        code: "INPUT_INVALID",
      });
    }
  });

  it("keeps the order of a connection though the app makes no context", async () => {
    const { broker, router } = await makeRouter();
    const trpc = connect(await serveRouter(router, handler));
    await Promise.all(
      Array.from({ length: 20 }, (_, data) =>
        data % 2 === 0
          ? trpc.events.produce.mutate({ topic: "t", data })
          : trpc.events.produceBatch.mutate({ events: [{ topic: "t", data }] }),
      ),
    );
    const { events } = await broker.history({ topic: "t" });
    expect(events.map(({ data }) => data)).toEqual(Array.from({ length: 20 }, (_, data) => data));
  });

  it("can be called in the process", async () => {
    const { router, broker } = await makeRouter();
    const caller = router.createCaller({});
    await caller.events.produce({ topic: "t", data: 1 });
    const iterable = await caller.events.subscribe({ topic: "t", from: "earliest", until: "now" });
    const seen: unknown[] = [];
    for await (const item of iterable) seen.push(item);
    expect(seen).toHaveLength(1);
    expect(broker.subscriberCount).toBe(0);
    await expect(caller.events.produce({ topic: "no topic" as "t", data: 1 })).rejects.toMatchObject({
      code: "BAD_REQUEST",
      cause: { code: "TOPIC_INVALID" },
    });
  });
});
