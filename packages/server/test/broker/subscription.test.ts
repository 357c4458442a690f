import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createBroker } from "../../src/create-broker.js";
import { isEvent, type Gap, type Mark, type RtmsgEvent } from "../../src/protocol/index.js";
import { defineTopics } from "../../src/topics/index.js";
import { delayedEngine } from "../support/delayed-engine.js";
import { turns } from "../support/until.js";

type Item = RtmsgEvent | Mark | Gap;

async function take(items: AsyncIterator<Item, undefined>, count: number): Promise<Item[]> {
  const taken: Item[] = [];
  while (taken.length < count) {
    const { value, done } = await items.next();
    if (done === true) throw new Error(`It ended after ${taken.length} of ${count} items`);
    taken.push(value);
  }
  return taken;
}

describe("a subscription in this process", () => {
  it("is made at once: what is produced before the first read is not missed", async () => {
    await using broker = await createBroker();
    await broker.produce({ topic: "t", data: "before" });
    const items = broker.subscribe({ topic: "t" });
    await broker.produce({ topic: "t", data: 1 });
    const reading = take(items, 2);
    await broker.produce({ topic: "t", data: 2 });
    expect(await reading).toMatchObject([{ data: 1 }, { data: 2 }]);
  });

  it.each([
    ["earliest", [1, 2, 3, 4, 5]],
    [{ last: 2 }, [2, 3, 4, 5]],
    [{ last: 0 }, [4, 5]],
    [{ last: 100 }, [1, 2, 3, 4, 5]],
    ["latest", [4, 5]],
  ] as const)(
    "that starts at %j counts from when it was made, not from its first read",
    async (from, expected) => {
      await using broker = await createBroker();
      for (const data of [1, 2, 3]) await broker.produce({ topic: "t", data });
      const items = broker.subscribe({ topic: "t", from });
      for (const data of [4, 5]) {
        await broker.produce({ topic: "other", data });
        await broker.produce({ topic: "t", data });
      }
      expect((await take(items, expected.length)).map((item) => isEvent(item) && item.data)).toEqual(
        expected,
      );
    },
  );

  it("ends at what was the log's end when it was made, if that is all that is asked for", async () => {
    await using broker = await createBroker();
    for (const data of [1, 2]) await broker.produce({ topic: "t", data });
    const past = broker.subscribe({ topic: "t", from: "earliest", until: "now", marks: true });
    const nothing = broker.subscribe({ topic: "t", until: "now", marks: true });
    await broker.produce({ topic: "t", data: 3 });
    const { epoch } = broker;
    const items: Item[] = [];
    for await (const item of past) items.push(item);
    expect(items).toMatchObject([
      { type: "start", cursor: `${epoch}-0` },
      { data: 1 },
      { data: 2 },
      { type: "caughtUp", cursor: `${epoch}-2` },
    ]);
    expect(await take(nothing, 2)).toMatchObject([
      { type: "start", cursor: `${epoch}-2` },
      { type: "caughtUp", cursor: `${epoch}-2` },
    ]);
    expect(await nothing.next()).toEqual({ done: true, value: undefined });
    expect(broker.subscriberCount).toBe(0);
  });

  it("carries on over a cursor of another log with everything that is retained, when asked to", async () => {
    await using broker = await createBroker();
    await broker.produce({ topic: "t", data: 1 });
    const from = { cursor: "zzzzzzzz-9" };
    const { epoch } = broker;
    expect(await take(broker.subscribe({ topic: "t", from, onGap: "earliest" }), 1)).toMatchObject([
      { data: 1 },
    ]);
    const reported = broker.subscribe({ topic: "t", from, onGap: "report", marks: true });
    expect(await take(reported, 4)).toMatchObject([
      { type: "start", cursor: "zzzzzzzz-9" },
      { type: "gap", requested: "zzzzzzzz-9", earliest: 1, epoch, cursor: `${epoch}-0` },
      { data: 1 },
      { type: "caughtUp", cursor: `${epoch}-1` },
    ]);
    await expect(broker.subscribe({ topic: "t", from }).next()).rejects.toMatchObject({ code: "GAP" });
  });

  it("yields the past and what is produced meanwhile, each once, in order", async () => {
    await using broker = await createBroker();
    for (let data = 1; data <= 2_500; data++) void broker.produce({ topic: "t", data });
    const seen: unknown[] = [];
    let next = 2_501;
    for await (const { data } of broker.subscribe({ topic: "t", from: "earliest" })) {
      seen.push(data);
      if (seen.length % 500 === 0) void broker.produce({ topic: "t", data: next++ });
      if (seen.length === 2_504) break;
    }
    expect(seen).toEqual(Array.from({ length: 2_504 }, (_, index) => index + 1));
    expect(broker.subscriberCount).toBe(0);
  });

  it("ends when its signal aborts, also while it waits, and at once when it has aborted before", async () => {
    await using broker = await createBroker();
    const controller = new AbortController();
    const waiting = broker.subscribe({ topic: "t", signal: controller.signal }).next();
    await turns();
    controller.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    const late = broker.subscribe({ topic: "t", signal: controller.signal });
    expect(await late.next()).toEqual({ done: true, value: undefined });
    expect(broker.subscriberCount).toBe(0);
  });

  it("ends when its iteration is left, even one that never began or that waits", async () => {
    await using broker = await createBroker();
    const unread = broker.subscribe({ topic: "t" });
    await unread.return?.();
    expect(await unread.next()).toEqual({ done: true, value: undefined });
    const waiting = broker.subscribe({ topic: "t" });
    const pending = waiting.next();
    await turns();
    await waiting.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(broker.subscriberCount).toBe(0);
  });

  it("stays ended for reads that come after, and for those that were asked for before", async () => {
    await using broker = await createBroker();
    const items = broker.subscribe({ topic: "t", marks: true });
    await take(items, 1);
    const reads = [items.next(), items.next(), items.next()];
    await items.return?.();
    reads.push(items.next());
    await Promise.all(reads);
    expect(await items.next()).toEqual({ done: true, value: undefined });
    expect(broker.subscriberCount).toBe(0);
  });

  it("answers reads that do not wait for each other in their order", async () => {
    await using broker = await createBroker();
    const items = broker.subscribe({ topic: "t" });
    const reads = Array.from({ length: 5 }, () => items.next());
    for (const data of [1, 2, 3, 4, 5]) await broker.produce({ topic: "t", data });
    const values = (await Promise.all(reads)).map(({ value }) => (value as RtmsgEvent).data);
    expect(values).toEqual([1, 2, 3, 4, 5]);
  });

  it("fails with SHUTTING_DOWN when the broker closes, and so do the calls after it", async () => {
    const broker = await createBroker();
    await broker.produce({ topic: "t", data: 1 });
    const waiting = broker.subscribe({ topic: "t" }).next();
    const shuttingDown = expect.objectContaining({ code: "SHUTTING_DOWN" }) as Error;
    const failed = waiting.catch((error: unknown) => error);
    await turns();
    await broker.close();
    await broker.close();
    expect(await failed).toEqual(shuttingDown);
    expect(() => broker.subscribe({ topic: "t" })).toThrow(shuttingDown);
    await expect(broker.produce({ topic: "t", data: 1 })).rejects.toThrow(shuttingDown);
    await expect(broker.history({ topic: "t" })).rejects.toThrow(shuttingDown);
    await expect(broker.topics.get("t")).rejects.toThrow(shuttingDown);
    await expect(broker.topics.list()).rejects.toThrow(shuttingDown);
  });

  it("yields each reader its own data, which it may change", async () => {
    await using broker = await createBroker();
    await broker.produce({ topic: "t", data: { list: [1] } });
    for (let round = 0; round < 2; round++) {
      const [event] = await take(broker.subscribe({ topic: "t", from: "earliest" }), 1);
      const { data } = event as RtmsgEvent<string, { list: number[] }>;
      expect(data).toEqual({ list: [1] });
      data.list.push(2);
    }
  });

  it("misses nothing that is committed while another subscription reads the same place", async () => {
    const delayed = delayedEngine();
    await using broker = await createBroker({ engine: delayed.open });
    await broker.produce({ topic: "t", data: 0 });
    delayed.delay = () => 3;
    // Many subscriptions at different points of their way from the past to the live events, and commits between.
    const subscriptions = [];
    const last = 200;
    for (let data = 1; data <= last; data++) {
      if (data % 4 === 0)
        subscriptions.push(take(broker.subscribe({ topic: "t", from: "earliest" }), last + 1));
      await broker.produce({ topic: "t", data });
      if (data % 3 === 0) await turns(1);
    }
    const expected = Array.from({ length: last + 1 }, (_, index) => index);
    for (const items of await Promise.all(subscriptions)) {
      expect(items.map((item) => (isEvent(item) ? item.data : item))).toEqual(expected);
    }
  });

  it("takes no page that another asked for before it began to collect what is live", async () => {
    const delayed = delayedEngine();
    await using broker = await createBroker({ engine: delayed.open });
    const from = { offset: 0 };
    const held = broker.subscribe({ topic: "t", from, marks: true });
    expect(await take(held, 2)).toMatchObject([{ type: "start" }, { type: "caughtUp" }]);
    delayed.delay = () => 10;
    const other = take(broker.subscribe({ topic: "t", from }), 2);
    await turns(2);
    await broker.produce({ topic: "t", data: 1 });
    const rest = take(held, 2);
    await turns(20);
    await broker.produce({ topic: "t", data: 2 });
    for (const items of await Promise.all([rest, other]))
      expect(items).toMatchObject([{ data: 1 }, { data: 2 }]);
  });

  it("starts at the earliest event that comes when there is none yet, however long the look takes", async () => {
    const delayed = delayedEngine();
    await using broker = await createBroker({ engine: delayed.open });
    delayed.delay = () => 10;
    const starts = (["earliest", { time: 0 }, { last: 5 }] as const).map((from) =>
      take(broker.subscribe({ topic: "t", from }), 2),
    );
    await turns(2);
    for (const data of [1, 2]) await broker.produce({ topic: "t", data });
    for (const items of await Promise.all(starts)) expect(items).toMatchObject([{ data: 1 }, { data: 2 }]);
  });
});

describe("a gap under a subscription that runs", () => {
  const topics = defineTopics({ "t.*": { schema: z.string() } });
  const big = "x".repeat(100_000);

  it("is reported when events of its past are trimmed before they are read", async () => {
    const delayed = delayedEngine();
    await using broker = await createBroker({ topics, engine: delayed.open });
    for (let round = 0; round < 6; round++) await broker.produce({ topic: "t.a", data: big });
    const items = broker.subscribe({ topic: "t.a", from: "earliest", onGap: "report" });
    const [first] = await take(items, 1);
    expect(first).toMatchObject({ offset: 1 });
    await delayed.engine.trim("t.a", 5);
    const rest = await take(items, 2);
    const gap = rest.find((item) => !isEvent(item));
    expect(gap).toMatchObject({ type: "gap", earliest: 6 });
    expect(rest.at(-1)).toMatchObject({ offset: 6 });
  });

  // The engine says only how far the newest trim of the whole selection went.
  it("is reported for one topic of a pattern though newer events of another were trimmed before", async () => {
    const delayed = delayedEngine();
    await using broker = await createBroker({ topics, engine: delayed.open });
    for (let round = 0; round < 5; round++) await broker.produce({ topic: "t.a", data: big });
    for (const data of ["x", "last"]) await broker.produce({ topic: "t.b", data });
    await delayed.engine.trim("t.b", 6);
    const items = broker.subscribe({ topic: "t.*", from: "earliest", onGap: "report", until: "now" });
    expect(await take(items, 1)).toMatchObject([{ offset: 1 }]);
    await delayed.engine.trim("t.a", 4);
    const rest: Item[] = [];
    for await (const item of items) rest.push(item);
    expect(rest.filter((item) => !isEvent(item))).toMatchObject([{ type: "gap", earliest: 5 }]);
  });
});
