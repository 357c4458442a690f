import { initTRPC } from "@trpc/server";
import { describe, expect, it } from "vitest";
import type { Broker } from "../../src/broker/broker.js";
import { transformer } from "../../src/protocol/transformer.js";
import { turns, until } from "../support/until.js";
import { attachedTo, NOTHING } from "./support/attached.js";
import { scriptedServer } from "./support/scripted-server.js";

/** What a connection may hold unless told otherwise. */
const MAX = 1_048_576;
/** A page on the wire, about. */
const PAGE = 400_000;

const to = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Produces events of so many bytes, a few hundred in a turn. */
async function fill(broker: Broker, count: number, bytes: number, topic = "t"): Promise<void> {
  const data = "x".repeat(bytes);
  for (let done = 0; done < count; done += 250) {
    await broker.produceBatch(to(Math.min(250, count - done)).map(() => ({ topic, data })));
    await turns(1);
  }
}

const offsets = (items: readonly Record<string, unknown>[]): unknown[] =>
  items.flatMap(({ offset }) => (offset === undefined ? [] : [offset]));

describe("a connection that is not read", () => {
  it.each(["subscribe", "subscribeBatch"])(
    "holds no more than its bound and a page through %s, gets all in order later, and slows nobody",
    async (path) => {
      const server = await scriptedServer();
      const stalled = await server.subscribed(1, { topic: "t" }, path);
      const live = await server.subscribed(1, { topic: "t" }, path);
      stalled.socket.stall();
      const mark = live.socket.writes.length;
      for (let round = 1; round <= 40; round++) {
        await fill(server.broker, 250, 500);
        await turns(2);
        expect(live.socket.writes).toHaveLength(mark + round);
      }
      expect(stalled.socket.highest).toBeGreaterThan(MAX / 2);
      expect(stalled.socket.highest).toBeLessThanOrEqual(MAX + PAGE);
      expect(offsets(live.items(1))).toEqual(to(10_000));
      expect(offsets(stalled.items(1)).length).toBeLessThan(5_000);
      stalled.socket.flow();
      expect(offsets(await stalled.reach(1, 10_002))).toEqual(to(10_000));
      expect(stalled.socket.highest).toBeLessThanOrEqual(MAX + PAGE);
    },
  );

  it("holds no more for many subscriptions to the past than for one", async () => {
    const server = await scriptedServer();
    await fill(server.broker, 2_000, 500);
    const client = server.connect();
    client.socket.stall();
    for (let id = 1; id <= 20; id++) client.subscribe(id, { topic: "t", from: "earliest" });
    for (let step = 0; step < 30; step++) {
      await turns(3);
      client.socket.step();
    }
    expect(client.socket.highest).toBeLessThanOrEqual(262_144 + PAGE);
    client.socket.flow();
    for (let id = 1; id <= 20; id++) {
      expect(offsets(await client.reach(id, 2_000))).toEqual(to(2_000));
    }
    expect(client.socket.highest).toBeLessThanOrEqual(262_144 + PAGE);
  });

  it("holds no more when much came in while it waited with the last of the past", async () => {
    const server = await scriptedServer();
    const produce = async (count: number, data: unknown): Promise<void> => {
      await server.broker.produceBatch(to(count).map(() => ({ topic: "t", data })));
    };
    const large = "x".repeat(100);
    await produce(950, large);
    const client = server.connect();
    client.socket.stall();
    client.subscribe(1, { topic: "t", from: "earliest" });
    await turns(10);
    // With the page of its past unsent, more is committed, which it reads once there is room...
    await produce(950, large);
    const step = async (): Promise<void> => {
      client.socket.step();
      await turns(10);
    };
    while (attachedTo(server.broker).sinks === 0) await step();
    expect(client.socket.writableLength).toBeGreaterThan(262_144);
    expect(attachedTo(server.broker)).toEqual({ subscribers: 1, groups: 0, sinks: 1 });
    // ...while it collects what comes in.
    for (let round = 0; round < 14; round++) await produce(1_000, 0);
    while (client.items(1).length < 15_900) await step();
    expect(offsets(client.items(1))).toEqual(to(15_900));
    expect(client.socket.highest).toBeLessThanOrEqual(262_144 + PAGE);
  });

  it("holds no more when events carry more than their data", async () => {
    const server = await scriptedServer();
    const headers = { big: "h".repeat(8_000) };
    const produce = (): Promise<unknown> =>
      server.broker.produceBatch(
        to(500).map((number) => ({ topic: "t", data: 0, key: `${number}`, headers })),
      );
    for (let round = 0; round < 4; round++) await produce();
    const client = server.connect();
    client.socket.stall();
    client.subscribe(1, { topic: "t", from: "earliest" });
    for (let step = 0; step < 20; step++) {
      await turns(3);
      client.socket.step();
      if (step === 10) await produce();
    }
    client.socket.flow();
    expect(offsets(await client.reach(1, 2_500))).toEqual(to(2_500));
    expect(client.socket.highest).toBeLessThanOrEqual(MAX + PAGE);
  });

  it.each([1, 2_000, 20_000])("gets all in order where it may hold %i bytes", async (maxBufferedBytes) => {
    const server = await scriptedServer({ maxBufferedBytes });
    await fill(server.broker, 300, 700);
    const client = server.connect();
    client.subscribe(1, { topic: "t", from: "earliest" });
    client.subscribe("b", { topic: "t", from: "earliest" }, "subscribeBatch");
    client.socket.stall();
    for (let round = 0; round < 100; round++) {
      if (round % 10 === 0) await fill(server.broker, 20, 700);
      client.socket.step();
      await turns(round % 3);
    }
    client.socket.flow();
    expect(offsets(await client.reach(1, 500))).toEqual(to(500));
    expect(offsets(await client.reach("b", 500))).toEqual(to(500));
    expect(client.socket.highest).toBeLessThanOrEqual(2 * PAGE);
  });

  it("does not pull a subscription of another kind on, nor have its calls answered, until it is read", async () => {
    const t = initTRPC.create({ transformer });
    let pulled = 0;
    let called = 0;
    const router = t.router({
      large: t.procedure.subscription(async function* large() {
        while (pulled < 200) yield await Promise.resolve(`${++pulled} ${"x".repeat(5_000)}`);
      }),
      answer: t.procedure.query(() => {
        called++;
        return "x".repeat(5_000);
      }),
    });
    for (const maxBufferedBytes of [100, 100_000]) {
      [pulled, called] = [0, 0];
      const server = await scriptedServer({ maxBufferedBytes, routerOf: () => router });
      const client = server.connect();
      client.socket.stall();
      client.send({ id: 1, method: "subscription", params: { path: "large" } });
      for (let id = 2; id <= 200; id++) {
        client.send({ id, method: "query", params: { path: "answer" } });
        await turns(1);
      }
      expect(pulled).toBeLessThan(maxBufferedBytes / 5_000 + 30);
      expect(called).toBeLessThan(maxBufferedBytes / 5_000 + 30);
      client.socket.flow();
      await until(() => client.replies.length === 1 + 200 + 1 + 199, "all is there");
      expect(called).toBe(199);
    }
  });

  it("that ends while it is behind leaves nothing", async () => {
    const server = await scriptedServer({ maxBufferedBytes: 50_000 });
    const client = await server.subscribed(1, { topic: "t" });
    const other = await server.subscribed(1, { topic: "u" });
    expect(attachedTo(server.broker)).toEqual({ subscribers: 2, groups: 2, sinks: 2 });
    client.socket.stall();
    await fill(server.broker, 500, 500);
    await turns(5);
    expect(attachedTo(server.broker)).toEqual({ subscribers: 2, groups: 1, sinks: 1 });
    client.socket.destroy();
    other.socket.destroy();
    await until(() => server.broker.subscriberCount === 0, "the server has noticed");
    expect(attachedTo(server.broker)).toEqual(NOTHING);
  });
});

describe("a turn that is larger than a connection may hold", () => {
  it("reaches everyone from the log, once and in order", async () => {
    const server = await scriptedServer({ maxBufferedBytes: 100_000 });
    const clients = [];
    for (let id = 1; id <= 12; id++) clients.push(await server.subscribed(id % 5, { topic: "t" }));
    for (let round = 0; round < 5; round++) {
      await server.broker.produceBatch(to(200).map(() => ({ topic: "t", data: "x".repeat(1_000) })));
      await server.broker.produce({ topic: "t", data: 0 });
      await turns(round * 2);
    }
    for (const [index, client] of clients.entries()) {
      expect(offsets(await client.reach((index + 1) % 5, 1_007))).toEqual(to(1_005));
    }
    await until(() => attachedTo(server.broker).groups === 1, "all are live again");
    expect(attachedTo(server.broker)).toEqual({ subscribers: 12, groups: 1, sinks: 1 });
  });
});
