import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { startTestServer } from "../../src/testing/index.js";
import { turn } from "../../src/transport/live/turn.js";
import { RawClient } from "../suites/support/raw-client.js";
import { serve } from "../support/serve.js";
import { turns, until } from "../support/until.js";
import { attachedTo, NOTHING } from "./support/attached.js";
import { scriptedServer } from "./support/scripted-server.js";

async function open(url: string): Promise<RawClient> {
  const socket = new WebSocket(url);
  onTestFinished(() => socket.terminate());
  const client = new RawClient(socket);
  await once(socket, "open");
  return client;
}

/** Opens a connection of each kind that subscribes and does not read. */
async function stalledReaders(url: string): Promise<void> {
  const trpc = await open(`${url.replace("http", "ws")}/trpc`);
  for (let id = 0; id < 3; id++) {
    trpc.call(id, "subscription", "subscribe", { input: { json: { topic: "t", from: "earliest" } } });
  }
  const plain = new WebSocket(`${url.replace("http", "ws")}/subscribe/t?from=earliest`);
  onTestFinished(() => plain.terminate());
  await once(plain, "open");
  const stream = request(`${url}/subscribe/t?from=earliest`, {
    headers: { accept: "text/event-stream" },
    agent: false,
  });
  stream.on("error", () => undefined).end();
  onTestFinished(() => void stream.destroy());
  await once(stream, "response");
  trpc.socket.pause();
  plain.pause();
}

describe("closing a server", () => {
  it("ends, though sockets of every kind are not read", async () => {
    const server = await startTestServer();
    const { broker, url } = server;
    const events = Array.from({ length: 500 }, () => ({ topic: "t", data: "x".repeat(20_000) }));
    await broker.produceBatch(events);
    await stalledReaders(url);
    await until(() => broker.subscriberCount === 5, "all are subscribed");
    await broker.produceBatch(events);
    await turns(5);
    const begun = performance.now();
    await server.close();
    expect(performance.now() - begun).toBeLessThan(5_000);
    await until(() => attachedTo(broker).subscribers === 0, "all have ended");
    expect(attachedTo(broker)).toEqual(NOTHING);
  });

  it("sends the events that were held for more", async () => {
    const server = await startTestServer();
    const client = await open(`${server.url.replace("http", "ws")}/trpc`);
    client.call(1, "subscription", "subscribe", { input: { json: { topic: "t" } } });
    await until(() => attachedTo(server.broker).groups === 1, "it is live");
    // Handing out to very many has taken long just now.
    const endTurn = (): void => {
      const end = performance.now() + 50;
      while (performance.now() < end);
    };
    turn.handOut({ size: 1_000, endTurn });
    await new Promise((resolve) => setImmediate(resolve));
    await server.broker.produce({ topic: "t", data: "held" });
    await server.close();
    await client.end();
    expect(client.dataOf(1)).toMatchObject([{ json: { data: { data: "held" } } }]);
  });

  it("ends its own connections on a server that others use too", async () => {
    const shared = createServer();
    shared.listen(0, "127.0.0.1");
    await once(shared, "listening");
    onTestFinished(() => {
      shared.closeAllConnections();
      shared.close();
    });
    const server = await startTestServer({ server: shared });
    const { broker } = server;
    const events = Array.from({ length: 500 }, () => ({ topic: "t", data: "x".repeat(20_000) }));
    await broker.produceBatch(events);
    await stalledReaders(`http://127.0.0.1:${(shared.address() as AddressInfo).port}`);
    await until(() => broker.subscriberCount === 5, "all are subscribed");
    await server.close();
    await until(() => attachedTo(broker).subscribers === 0, "all have ended");
    expect(attachedTo(broker)).toEqual(NOTHING);
  });

  it("answers what it has accepted before it says goodbye", async () => {
    const server = await startTestServer();
    const client = await open(`${server.url.replace("http", "ws")}/trpc`);
    client.call("subscription", "subscription", "subscribe", { input: { json: { topic: "t" } } });
    await client.reach("subscription");
    for (let id = 0; id < 200; id++) {
      client.call(id, "mutation", "produce", { input: { json: { topic: "t", data: id } } });
    }
    await client.reach(0);
    await server.close();
    expect(await client.end()).toEqual({ code: 1001, reason: "SHUTTING_DOWN" });
    const answered = client.replies.filter(({ id }) => typeof id === "number");
    const receipts = answered.filter(({ result }) => result !== undefined);
    expect(receipts.map(({ id }) => id)).toEqual(receipts.map((_, index) => index));
    expect(client.to("subscription").length - 1).toBe(receipts.length);
  });
});

describe("very many connections, one after the other", () => {
  it("leave nothing behind", async () => {
    const server = await scriptedServer();
    const { broker, wss } = server;
    for (let round = 0; round < 1_000; round++) {
      const client = server.connect();
      client.subscribe(1, { topic: "t", from: round % 2 === 0 ? "earliest" : "latest" });
      client.subscribe(2, { topic: `a.${round % 7}.*` }, "subscribeBatch");
      if (round % 50 === 0) await broker.produce({ topic: "t", data: round });
      await turns(round % 4);
      if (round % 3 === 0) client.send({ id: 1, method: "subscription.stop" });
      if (round % 5 === 0) client.webSocket?.close();
      if (round % 5 === 1) client.webSocket?.terminate();
      else client.socket.destroy();
      if (round % 100 === 99) {
        await until(() => wss.clients.size === 0 && broker.subscriberCount === 0, "all are gone");
        await turns(3);
        expect(attachedTo(broker)).toEqual(NOTHING);
      }
    }
  });

  it("leave nothing behind on real sockets either", async () => {
    const { url, broker } = await serve();
    for (let round = 0; round < 100; round++) {
      const socket = new WebSocket(
        `${url.replace("http", "ws")}/${round % 4 === 0 ? "subscribe/t" : "trpc"}`,
      );
      await once(socket, "open");
      if (round % 4 !== 0) {
        const params = { path: "subscribe", input: { json: { topic: "t" } } };
        socket.send(JSON.stringify({ id: 1, method: "subscription", params }));
        await once(socket, "message");
      }
      if (round % 2 === 0) socket.terminate();
      else socket.close();
      await once(socket, "close");
    }
    await until(() => broker.subscriberCount === 0, "the server has let go of all");
    await until(() => attachedTo(broker).sinks === 0, "nothing listens");
    expect(attachedTo(broker)).toEqual(NOTHING);
  });

  it("subscriptions on one connection leave no listener on its socket", async () => {
    const server = await scriptedServer({ maxBufferedBytes: 10_000 });
    const { broker } = server;
    const client = server.connect();
    await turns(2);
    const count = (): number[] =>
      ["drain", "close", "error", "data"].map((event) => client.socket.listenerCount(event));
    const before = count();
    for (let round = 0; round < 1_000; round++) {
      client.subscribe(1, { topic: "t", from: { last: 3 } });
      if (round % 10 === 0) client.socket.stall();
      if (round % 20 === 0)
        await broker.produceBatch([1, 2, 3].map(() => ({ topic: "t", data: "x".repeat(9_000) })));
      await turns(round % 5);
      client.send({ id: 1, method: "subscription.stop" });
      client.socket.flow();
      await until(() => broker.subscriberCount === 0, "it has stopped");
    }
    await turns(3);
    expect(count()).toEqual(before);
    expect(attachedTo(broker)).toEqual(NOTHING);
  });
});
