import { initTRPC } from "@trpc/server";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { transformer } from "../../src/protocol/transformer.js";
import { defineTopics } from "../../src/topics/index.js";
import { turns, until } from "../support/until.js";
import { attachedTo, NOTHING } from "./support/attached.js";
import { clientFrame, parseFrames } from "./support/frames.js";
import { scriptedServer } from "./support/scripted-server.js";

const CLOSE = 8;

describe("a connection that is closing", () => {
  it("is sent nothing after the close frame, and what was sent before goes before it", async () => {
    const server = await scriptedServer();
    const client = await server.subscribed(1, { topic: "t" });
    client.subscribe(2, { topic: "t", from: "earliest" });
    await turns(5);
    client.send({
      id: 3,
      method: "mutation",
      params: { path: "produce", input: { json: { topic: "t", data: 1 } } },
    });
    await turns(5);
    client.webSocket?.close(1001);
    for (let data = 2; data < 10; data++) await server.broker.produce({ topic: "t", data });
    client.subscribe(4, { topic: "t", from: "earliest" });
    await turns(10);
    const frames = parseFrames(client.bytes);
    expect(frames.at(-1)?.opcode).toBe(CLOSE);
    expect(client.items(1).map(({ data }) => data)).toEqual([undefined, undefined, 1]);
    expect(client.replies.filter(({ id }) => id === 3)).toHaveLength(1);
    client.socket.push(Buffer.from([0x88, 0x80, 0, 0, 0, 0]));
    client.socket.push(null);
    await until(() => server.broker.subscriberCount === 0, "the server has let go");
    expect(attachedTo(server.broker)).toEqual(NOTHING);
  });

  it("is not read the past for", async () => {
    const server = await scriptedServer();
    for (let round = 0; round < 20; round++) {
      await server.broker.produceBatch(
        Array.from({ length: 500 }, () => ({ topic: "t", data: "x".repeat(400) })),
      );
    }
    const client = server.connect();
    client.subscribe(1, { topic: "t", from: "earliest" });
    client.socket.stall();
    await turns(5);
    client.webSocket?.close();
    client.socket.flow();
    await until(() => server.broker.subscriberCount === 0, "it has ended");
  });
});

describe("a connection whose context is not made yet", () => {
  it("is not read for ever", async () => {
    let make: (() => void) | undefined;
    const server = await scriptedServer({
      handler: {
        createContext: async () => {
          await new Promise<void>((resolve) => (make = resolve));
          return {};
        },
      },
    });
    const client = server.connect();
    const input = { json: { topic: "t", data: "x".repeat(50_000) } };
    const produce = (id: number): object => ({ id, method: "mutation", params: { path: "produce", input } });
    for (let id = 0; id < 100; id++) {
      client.send(produce(id));
      await turns(1);
    }
    expect(client.webSocket?.isPaused).toBe(true);
    expect(client.socket.readableLength).toBeGreaterThan(2_000_000);
    make?.();
    await until(() => client.replies.length === 100, "all are answered");
    const offsets = client.replies.map(
      ({ result }) => (result as { data: { json: { offset: number } } }).data.json.offset,
    );
    expect(offsets).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });
});

describe("keep-alive", () => {
  it("does not cut a client that is slow, and cuts it when it has all and does not answer", async () => {
    const keepAlive = { enabled: true, pingMs: 20, pongWaitMs: 20 };
    const server = await scriptedServer({ handler: { keepAlive } });
    const client = await server.subscribed(1, { topic: "t" });
    client.socket.stall();
    await server.broker.produce({ topic: "t", data: 1 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(client.socket.destroyed).toBe(false);
    client.socket.flow();
    await until(() => client.socket.destroyed, "it is cut");
    expect(client.items(1)).toHaveLength(3);
  });

  it("has one timer for all connections, and none when they are closed", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await scriptedServer({
      handler: { keepAlive: { enabled: true, pingMs: 100, pongWaitMs: 100 } },
    });
    const others = vi.getTimerCount();
    const clients = Array.from({ length: 5 }, () => server.connect());
    expect(vi.getTimerCount()).toBe(others + 1);
    vi.advanceTimersByTime(120);
    await turns(2);
    expect(clients.every(({ bytes }) => bytes.includes("PING"))).toBe(true);
    expect(vi.getTimerCount()).toBe(others + 1);
    for (const { socket } of clients) socket.destroy();
    await turns(3);
    expect(vi.getTimerCount()).toBe(others);
  });

  it("goes on with a slow client that answers once it can", async () => {
    const keepAlive = { enabled: true, pingMs: 20, pongWaitMs: 60 };
    const server = await scriptedServer({ handler: { keepAlive } });
    const client = await server.subscribed(1, { topic: "t" });
    client.socket.stall();
    await server.broker.produce({ topic: "t", data: 1 });
    await new Promise((resolve) => setTimeout(resolve, 150));
    client.socket.flow();
    for (let round = 0; round < 10; round++) {
      client.socket.push(clientFrame("PONG"));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    expect(client.socket.destroyed).toBe(false);
  });
});

describe("produces from one connection", () => {
  const topics = defineTopics({
    slow: z.number().refine(async (number) => {
      await new Promise((resolve) => setTimeout(resolve, number % 3));
      return true;
    }),
    fast: z.number(),
  });

  it.each(["our router", "our router within another"])("to %s are appended in frame order", async (what) => {
    const t = initTRPC.create({ transformer });
    const isMerged = what !== "our router";
    const server = await scriptedServer({
      topics,
      ...(isMerged && { routerOf: (router) => t.router({ events: router }) }),
    });
    const client = server.connect();
    const prefix = isMerged ? "events." : "";
    const call = (id: number, path: string, json: object): object => ({
      id,
      method: "mutation",
      params: { path: `${prefix}${path}`, input: { json } },
    });
    let id = 0;
    const expected: number[] = [];
    const event = (topic: string): object => {
      expected.push(id);
      return { topic, data: id++ };
    };
    for (let round = 0; round < 30; round++) {
      const calls = [
        call(id, "produce", event("slow")),
        call(id, "produceBatch", { events: [event("slow"), event("fast"), event("slow")] }),
        call(id, "produce", event("fast")),
        call(id, "produce", { topic: "slow", data: "refused" }),
      ];
      // As frames of their own, and as one batched message.
      if (round % 2 === 0) client.send(...calls);
      else client.send(calls);
      if (round % 7 === 0) await turns(1);
    }
    await until(() => client.replies.length === 120, "all are answered");
    const { events } = await server.broker.history({ topic: "*", limit: 1_000 });
    const of = (topic: string): unknown[] => events.flatMap((one) => (one.topic === topic ? [one.data] : []));
    expect(events).toHaveLength(expected.length);
    for (const topic of ["slow", "fast"]) {
      const numbers = of(topic) as number[];
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
  });

  it("are answered in one write for those of one turn", async () => {
    const server = await scriptedServer();
    const client = server.connect();
    await turns(2);
    const mark = client.socket.writes.length;
    const calls = Array.from({ length: 50 }, (_, id) => ({
      id,
      method: "mutation",
      params: { path: "produce", input: { json: { topic: "t", data: id } } },
    }));
    client.send(...calls.slice(0, 25), calls.slice(25));
    await until(() => client.replies.length === 50, "all are answered");
    expect(client.socket.writes).toHaveLength(mark + 1);
    expect(client.replies.map(({ id }) => id)).toEqual(calls.map(({ id }) => id));
  });
});
