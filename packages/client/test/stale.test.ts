import { createClient, type Client, type TypesOf } from "@rtmsg/client";
import { startTestServer, type TestServer } from "@rtmsg/server/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { DistantEngine } from "../../server/test/support/distant-engine.js";
import { QUICK } from "./support/setup.js";
import { take } from "./support/take.js";
import { TcpProxy } from "./support/tcp-proxy.js";
import { topics, type TestTopics } from "./support/topics.js";
import { until } from "./support/until.js";

const encoder = new TextEncoder();
const wordFor = (item: { readonly type?: string; readonly data?: { readonly n: number } }): unknown =>
  item.type ?? item.data?.n;

describe("a subscription whose server loses its log", () => {
  let engine: DistantEngine;
  let server: TestServer<TypesOf<TestTopics>>;
  let client: Client<TypesOf<TestTopics>>;

  beforeEach(async () => {
    engine = new DistantEngine();
    server = await startTestServer({ topics, engine: engine.open });
    client = createClient<TestTopics>({ url: server.url, backoff: QUICK });
  });

  afterEach(async () => {
    await client.close();
    await server.close();
  });

  /** Stores events, as another server of the same log does. */
  const produce = async (...numbers: number[]): Promise<void> => {
    const entries = numbers.map((n) => ({ topic: "logs.a", json: encoder.encode(JSON.stringify({ n })) }));
    await engine.near.append(entries);
  };

  it("says so to those who asked for it, and that all has come", async () => {
    const told = client.subscribe({ topic: "logs.a", stale: true });
    const marked = client.subscribe({ topic: "logs.>", marks: true });
    const caughtUp = client.subscribe({ topic: "logs.a", caughtUp: true });
    const plain = client.subscribe({ topic: "logs.a" });
    expect((await take(told, 1)).map(wordFor)).toEqual(["caughtUp"]);
    expect((await take(marked, 2)).map(wordFor)).toEqual(["start", "caughtUp"]);
    expect((await take(caughtUp, 1)).map(wordFor)).toEqual(["caughtUp"]);
    await until(() => server.broker.subscriberCount === 4);
    await produce(1);
    expect((await take(told, 1)).map(wordFor)).toEqual([1]);
    engine.leave();
    expect((await take(told, 1)).map(wordFor)).toEqual(["stale"]);
    expect((await take(marked, 2)).map(wordFor)).toEqual([1, "stale"]);
    await produce(2, 3);
    engine.comeBack();
    expect((await take(told, 3)).map(wordFor)).toEqual([2, 3, "caughtUp"]);
    expect((await take(marked, 3)).map(wordFor)).toEqual([2, 3, "caughtUp"]);
    await produce(4);
    expect((await take(told, 1)).map(wordFor)).toEqual([4]);
    for (const quiet of [caughtUp, plain]) {
      expect((await take(quiet, 4)).map(wordFor)).toEqual([1, 2, 3, 4]);
    }
    expect(client.connection.state).toBe("open");
  });

  it("says so at once when it resumes meanwhile, and once however often it connects", async () => {
    await produce(1, 2, 3);
    const [first] = (await server.broker.history({ topic: "logs.a", limit: 1 })).events;
    const cursor = first?.cursor ?? "";
    await using proxy = await TcpProxy.start(() => Number(new URL(server.url).port));
    await using late = createClient<TestTopics>({ url: proxy.url, backoff: QUICK });
    engine.leave();
    const items = late.subscribe({ topic: "logs.a", from: { cursor }, stale: true });
    expect(await take(items, 1)).toEqual([{ type: "stale", cursor }]);
    const { connections } = proxy;
    proxy.cut();
    await until(() => proxy.connections > connections && server.broker.subscriberCount === 1);
    engine.comeBack();
    expect((await take(items, 3)).map(wordFor)).toEqual([2, 3, "caughtUp"]);
  });

  it("says that all has come where it goes on at a server that has it", async () => {
    await using proxy = await TcpProxy.start(() => Number(new URL(server.url).port));
    await using mover = createClient<TestTopics>({ url: proxy.url, backoff: QUICK });
    const items = mover.subscribe({ topic: "logs.a", stale: true });
    await take(items, 1);
    engine.leave();
    expect((await take(items, 1)).map(wordFor)).toEqual(["stale"]);
    proxy.isRefusing = true;
    proxy.cut();
    await until(() => server.broker.subscriberCount === 0);
    await produce(1);
    engine.comeBack();
    proxy.isRefusing = false;
    expect((await take(items, 2)).map(wordFor)).toEqual([1, "caughtUp"]);
  });

  it("keeps its bytes where nobody asked for marks, and on the plain routes", async () => {
    const response = await fetch(`${server.url}/subscribe/logs.a`, {
      headers: { accept: "text/event-stream" },
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let stream = "";
    const read = async (): Promise<void> => void (stream += (await reader?.read())?.value ?? "");
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/trpc`);
    const frames: string[] = [];
    socket.on("message", (data: Buffer) => void frames.push(data.toString()));
    await new Promise((resolve) => socket.once("open", resolve));
    const input = { json: { topic: "logs.a" } };
    socket.send(JSON.stringify({ id: 1, method: "subscription", params: { path: "subscribe", input } }));
    await until(() => frames.length === 1 && server.broker.subscriberCount === 2);
    while (!stream.includes("id: ")) await read();
    engine.leave();
    await produce(1);
    engine.comeBack();
    await produce(2);
    while (!stream.includes('"n":2')) await read();
    await until(() => frames.length >= 3);
    // Where it starts, where the past is done, and the events.
    expect(stream.match(/^id: /gm)).toHaveLength(4);
    expect(frames.slice(1).map((frame) => /"n":(\d)/.exec(frame)?.[1])).toEqual(["1", "2"]);
    socket.close();
    await reader?.cancel();
  });
});
