import { once } from "node:events";
import { request } from "node:http";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, it } from "vitest";
import { startTestServer } from "../../src/testing/index.js";
import { defineTopics } from "../../src/topics/index.js";
import { get, openPlain, openStream, produce, refusedUpgrade, type Answer } from "../support/plain.js";
import { clientFrame, rawConnection, upgradeHead } from "../support/raw-http.js";
import { handles, recordingLogger, serve } from "../support/serve.js";
import { collect, failureOf, stockHttpClient, stockSocketClient } from "../support/stock-client.js";
import { until } from "../support/until.js";

/** A topic whose events are checked only once the gate opens. */
function gated(): {
  readonly topics: ReturnType<typeof define>;
  open: () => void;
  readonly waiting: () => number;
} {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let waiting = 0;
  const schema: StandardSchemaV1 = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: async (value) => {
        waiting++;
        await gate;
        return { value };
      },
    },
  };
  return { topics: define(schema), open, waiting: () => waiting };
}

function define(schema: StandardSchemaV1): ReturnType<typeof defineTopics<{ t: StandardSchemaV1 }>> {
  return defineTopics({ t: schema });
}

describe("close", () => {
  it("may be called again, also while it runs", async () => {
    const server = await serve();
    const closing = [server.close(), server.close()];
    await Promise.all(closing);
    await server.close();
    await server[Symbol.asyncDispose]();
  });

  it("answers the produces that were accepted before it ends their connections", async () => {
    const { topics, open, waiting } = gated();
    const server = await serve({ topics });
    const { url, broker } = server;
    const { trpc } = stockSocketClient(url);
    const answers = [
      trpc.produce.mutate({ topic: "t", data: 1 }),
      stockHttpClient(url).produce.mutate({ topic: "t", data: 2 }),
      stockHttpClient(url, { batch: true }).produce.mutate({ topic: "t", data: 3 }),
      produce(url, "t", 4),
      trpc.produceBatch.mutate({ events: [{ topic: "t", data: 5 }] }),
      broker.produce({ topic: "t", data: 6 }),
    ] as const;
    await until(() => waiting() === 6, "all are being checked");
    const closing = server.close();
    open();
    const [socket, http, batched, plain, batch, local] = await Promise.all(answers);
    for (const receipt of [socket, http, batched, local])
      expect(receipt).toMatchObject({ topic: "t", duplicate: false });
    expect(plain).toMatchObject({ status: 200, body: { topic: "t" } });
    expect(batch.results).toMatchObject([{ ok: true }]);
    await closing;
  });

  it("refuses with SHUTTING_DOWN what comes while it waits", async () => {
    const { topics, open, waiting } = gated();
    const server = await serve({ topics });
    const { url } = server;
    const { trpc } = stockSocketClient(url);
    const accepted = trpc.produce.mutate({ topic: "t", data: 1 });
    // A connection that is open already, and asks again while the server closes.
    const raw = await rawConnection(url);
    raw.write("POST /produce/t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n");
    await until(() => waiting() === 1, "one is being checked");
    const closing = server.close();
    expect(await failureOf(trpc.produce.mutate({ topic: "t", data: 2 }))).toMatchObject({
      code: "SHUTTING_DOWN",
      httpStatus: 503,
    });
    raw.write("1");
    expect(await raw.receive(/SHUTTING_DOWN/)).toMatch(/^HTTP\/1\.1 503 /);
    open();
    expect(await accepted).toMatchObject({ offset: 1 });
    await closing;
  });

  it("tells the subscribers that it goes away, and they come back to the next server", async () => {
    const server = await serve();
    const plain = await openPlain(server.url, "/subscribe/t");
    const stream = await openStream(server.url, "/subscribe/t");
    const closes: (number | undefined)[] = [];
    const { trpc } = stockSocketClient(server.url, { onClose: (cause) => closes.push(cause?.code) });
    const collected = collect(trpc, { topic: "t" });
    await until(() => collected.started === 1, "it has started");
    await server.close();
    expect(await plain.end()).toEqual({ code: 1001, reason: "SHUTTING_DOWN" });
    await until(() => stream.isEnded && closes[0] === 1001, "all are told");
    expect(collected.error).toBeUndefined();
    const port = Number(new URL(server.url).port);
    await using next = await startTestServer({ port });
    await until(() => next.broker.subscriberCount === 1, "the client has subscribed again");
  });

  it("delivers what was produced before it", async () => {
    const server = await serve();
    const { url, broker } = server;
    const plain = await openPlain(url, "/subscribe/t");
    const stream = await openStream(url, "/subscribe/t");
    const collected = collect(stockSocketClient(url).trpc, { topic: "t" });
    const overHttp = collect(stockHttpClient(url), { topic: "t" });
    await until(() => collected.started === 1 && broker.subscriberCount === 4, "all have started");
    await new Promise((resolve) => setTimeout(resolve, 10));
    const produced = Array.from({ length: 100 }, (_, data) =>
      broker.produce({ topic: "t", data: String(data) }),
    );
    await Promise.all(produced);
    await server.close();
    const expected = Array.from({ length: 100 }, (_, data) => String(data));
    await until(() => plain.closed !== undefined && stream.isEnded, "both have ended");
    expect(plain.messages).toEqual(expected);
    expect(stream.events.map(({ data }) => data)).toEqual(expected);
    expect(collected.items.map(({ data }) => data)).toEqual(expected);
    expect(overHttp.items.map(({ data }) => data)).toEqual(expected);
  });

  it.each([
    ["a client that does not answer the close of its WebSocket", upgradeHead("/trpc")],
    ["a plain subscriber that does not answer the close", upgradeHead("/subscribe/t")],
    ["an upgrade that was refused and is kept open", upgradeHead("/nope")],
    ["an upgrade to a topic that cannot be", upgradeHead("/subscribe/no%20topic")],
    ["half a request", "POST /produce/t HTTP/1.1\r\nHost: localhost\r\nContent-Le"],
    ["half a body", "POST /produce/t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n123"],
    ["half an upgrade", upgradeHead("/trpc").slice(0, -20)],
    ["a connection that never says anything", ""],
    [
      "an event stream that is not read",
      "GET /subscribe/t?from=earliest HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n",
    ],
  ])("does not wait for %s", async (_, bytes) => {
    const logger = recordingLogger();
    const server = await serve({ logger });
    for (let round = 0; round < 20; round++) {
      await server.broker.produce({ topic: "t", data: "x".repeat(500_000) });
    }
    const raw = await rawConnection(server.url);
    raw.socket.pause();
    raw.write(bytes);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const started = performance.now();
    await server.close();
    expect(performance.now() - started).toBeLessThan(3_000);
    raw.socket.resume();
    raw.write(clientFrame("x"));
    await raw.closed();
    expect(logger.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("does not answer a request that it cut as if it had succeeded", async () => {
    const server = await serve();
    const outgoing = request(`${server.url}/produce/t`, {
      method: "POST",
      headers: { "content-length": "5" },
    });
    const outcome = once(outgoing, "response").then(
      ([response]) => (response as { statusCode: number }).statusCode,
      (error: unknown) => (error as Error).message,
    );
    outgoing.write('"');
    await until(() => outgoing.socket?.connecting === false, "it is connected");
    await new Promise((resolve) => setTimeout(resolve, 20));
    await server.close();
    expect(await outcome).not.toBe(200);
  });

  it("leaves no handle behind", async () => {
    const before = handles();
    const server = await startTestServer();
    const { url, broker } = server;
    const { trpc, ws } = stockSocketClient(url);
    const answers: Answer[] = [];
    for (let round = 0; round < 3; round++) {
      answers.push(await produce(url, "t", round));
      await trpc.produce.mutate({ topic: "t", data: round });
    }
    const collected = collect(trpc, { topic: "t", from: "earliest" });
    await collected.reach(6);
    const plain = await openPlain(url, "/subscribe/t");
    const stream = await openStream(url, "/subscribe/t");
    void broker.subscribe({ topic: "t" });
    await ws.close();
    await server.close();
    await until(() => plain.closed !== undefined && stream.isEnded, "all are closed");
    await until(() => handles() <= before, "the handles are gone");
    expect(broker.subscriberCount).toBe(0);
  });
});

describe("a drain", () => {
  it("asks each client to go, serves those that stay, and is not ready meanwhile", async () => {
    const server = await serve();
    const { url, broker } = server;
    const ready = await get(`${url}/readyz`);
    expect(ready).toMatchObject({ status: 200, body: { status: "ready" } });
    const plain = await openPlain(url, "/subscribe/t");
    const stream = await openStream(url, "/subscribe/t");
    const socket = await rawConnection(url);
    socket.write(upgradeHead("/trpc"));
    await socket.receive(/\r\n\r\n/);
    const closing = server.close({ drainMs: 2_000 });
    expect(await get(`${url}/readyz`)).toMatchObject({
      status: 503,
      body: { status: "unready", reason: "SHUTTING_DOWN" },
    });
    expect((await get(`${url}/healthz`)).status).toBe(200);
    expect(await refusedUpgrade(url, "/subscribe/t")).toMatchObject({ status: 503 });
    expect(await plain.end()).toEqual({ code: 1001, reason: "SHUTTING_DOWN" });
    await until(() => stream.isEnded, "the stream has ended");
    await socket.receive(/"method":"reconnect"/);
    // It stays, and is served for as long as there is time.
    expect(await broker.produce({ topic: "t", data: 1 })).toMatchObject({ offset: 1 });
    await closing;
    await socket.closed();
  });

  it("ends as soon as all have gone", async () => {
    const server = await serve();
    const plain = await openPlain(server.url, "/subscribe/t");
    const started = performance.now();
    await server.close({ drainMs: 600_000 });
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(plain.closed).toBeDefined();
  });
});
