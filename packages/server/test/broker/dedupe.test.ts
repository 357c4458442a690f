import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { createBroker } from "../../src/create-broker.js";
import { defineTopics } from "../../src/topics/index.js";
import { memoryEngine } from "../../src/engines/memory.js";
import { stockSocketClient } from "../support/stock-client.js";
import { serve } from "../support/serve.js";

const CONFLICT = expect.objectContaining({ code: "EVENT_ID_CONFLICT" }) as Error;

describe("an event id", () => {
  it("makes a retry give the first receipt, however often and however concurrent", async () => {
    await using broker = await createBroker();
    const event = { topic: "t", data: { a: 1 }, id: "e-1" };
    const receipts = await Promise.all(Array.from({ length: 50 }, () => broker.produce(event)));
    const [first] = receipts;
    expect(receipts.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    for (const receipt of receipts) expect(receipt).toEqual({ ...first, duplicate: receipt.duplicate });
    expect(await broker.produce(event)).toEqual({ ...first, duplicate: true });
    expect((await broker.history({ topic: "t" })).events).toHaveLength(1);
  });

  it("shares the outcome between connections", async () => {
    const { url, broker } = await serve();
    const clients = Array.from({ length: 10 }, () => stockSocketClient(url).trpc);
    const receipts = await Promise.all(
      clients.map((trpc) => trpc.produce.mutate({ topic: "t", data: 1, id: "e" })),
    );
    expect(new Set(receipts.map(({ cursor }) => cursor)).size).toBe(1);
    expect(receipts.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect((await broker.topics.get("t")).count).toBe(1);
  });

  it("is known within one batch too", async () => {
    await using broker = await createBroker();
    const event = { topic: "t", data: 1, id: "e" };
    expect(await broker.produceBatch([event, event, { ...event, data: 2 }])).toMatchObject([
      { ok: true, offset: 1, duplicate: false },
      { ok: true, offset: 1, duplicate: true },
      { ok: false, error: { code: "EVENT_ID_CONFLICT" } },
    ]);
  });

  it("belongs to its topic", async () => {
    await using broker = await createBroker();
    for (const topic of ["a", "b", "a.b"]) {
      expect(await broker.produce({ topic, data: topic, id: "e" })).toMatchObject({ duplicate: false });
    }
  });

  it.each([
    ["data", { data: { a: 2 } }],
    ["data of another type", { data: { a: 1n } }],
    ["key", { key: "other" }],
    ["no key", { key: undefined }],
    ["headers", { headers: { h: "2" } }],
    ["more headers", { headers: { h: "1", i: "1" } }],
  ])("conflicts with other content: %s", async (_, change) => {
    await using broker = await createBroker();
    const event = { topic: "t", data: { a: 1 }, key: "k", headers: { h: "1" }, id: "e" };
    await broker.produce(event);
    await expect(broker.produce({ ...event, ...change })).rejects.toThrow(CONFLICT);
    expect(await broker.produce(event)).toMatchObject({ duplicate: true });
  });

  it("does not mind the order of headers", async () => {
    await using broker = await createBroker();
    await broker.produce({ topic: "t", data: 1, id: "e", headers: { a: "1", b: "2" } });
    expect(await broker.produce({ topic: "t", data: 1, id: "e", headers: { b: "2", a: "1" } })).toMatchObject(
      {
        duplicate: true,
      },
    );
  });

  it("compares data as it was received, so that a default or transform makes no conflict", async () => {
    let calls = 0;
    const schema = z.object({
      at: z.number().default(() => ++calls),
      text: z.string().transform((text) => text + ++calls),
    });
    await using broker = await createBroker({ topics: defineTopics({ t: schema }) });
    const event = { topic: "t", data: { text: "x" }, id: "e" } as const;
    const first = await broker.produce(event);
    expect(await broker.produce(event)).toEqual({ ...first, duplicate: true });
    expect(calls).toBeGreaterThan(2);
    const { events } = await broker.history({ topic: "t" });
    expect(events).toHaveLength(1);
    await expect(broker.produce({ ...event, data: { text: "x", at: 1 } })).rejects.toThrow(CONFLICT);
  });

  it("is compared before a schema that changes what it is given", async () => {
    const schema = z.custom<{ n: number }>((value) => {
      (value as { n: number }).n++;
      return true;
    });
    await using broker = await createBroker({ topics: defineTopics({ t: schema }) });
    await broker.produce({ topic: "t", data: { n: 1 }, id: "e" });
    expect(await broker.produce({ topic: "t", data: { n: 1 }, id: "e" })).toMatchObject({ duplicate: true });
  });

  it("outlives its trimmed event", async () => {
    const topics = defineTopics({ t: { schema: z.number(), retention: { maxEvents: 1 } } });
    await using broker = await createBroker({ topics });
    const first = await broker.produce({ topic: "t", data: 1, id: "e" });
    await broker.produce({ topic: "t", data: 2 });
    expect(await broker.produce({ topic: "t", data: 1, id: "e" })).toEqual({ ...first, duplicate: true });
  });

  it("is forgotten after the window, and not before", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      await using broker = await createBroker({ dedupe: { window: "10s" } });
      const event = { topic: "t", data: 1, id: "e" };
      await broker.produce(event);
      vi.setSystemTime(Date.now() + 9_999);
      expect(await broker.produce(event)).toMatchObject({ duplicate: true, offset: 1 });
      vi.setSystemTime(Date.now() + 1);
      expect(await broker.produce(event)).toMatchObject({ duplicate: false, offset: 2 });
      vi.setSystemTime(Date.now() - 60_000);
      expect(await broker.produce(event)).toMatchObject({ duplicate: true, offset: 2 });
    } finally {
      vi.useRealTimers();
    }
  });

  it("is forgotten when more than the window's count have come since", async () => {
    await using broker = await createBroker({ dedupe: { maxIds: 3 } });
    for (const id of ["a", "b", "c"]) await broker.produce({ topic: "t", data: id, id });
    expect(await broker.produce({ topic: "t", data: "a", id: "a" })).toMatchObject({ duplicate: true });
    await broker.produce({ topic: "t", data: "d", id: "d" });
    expect(await broker.produce({ topic: "t", data: "b", id: "b" })).toMatchObject({ duplicate: true });
    expect(await broker.produce({ topic: "t", data: "a", id: "a" })).toMatchObject({ duplicate: false });
  });

  it("survives nothing that the memory engine forgets, and each start is another log", async () => {
    const first = await createBroker({ engine: memoryEngine() });
    await first.produce({ topic: "t", data: 1, id: "e" });
    await first.close();
    await using second = await createBroker({ engine: memoryEngine() });
    expect(second.epoch).not.toBe(first.epoch);
    expect(await second.produce({ topic: "t", data: 1, id: "e" })).toMatchObject({
      duplicate: false,
      offset: 1,
    });
  });
});

describe("what is wrong with an event", () => {
  const topics = defineTopics({ t: z.number() });

  it("is found in the order name, schema, id, expectedOffset", async () => {
    const { broker, url } = await serve({ topics });
    const { trpc } = stockSocketClient(url);
    await broker.produce({ topic: "t", data: 1, id: "used" });
    const codeOf = async (event: {
      topic: string;
      data: unknown;
      id: string;
      expectedOffset: number;
    }): Promise<unknown> => {
      const [result] = (await trpc.produceBatch.mutate({ events: [event] })).results;
      return result?.ok === false ? result.error.code : result?.duplicate;
    };
    const wrong = { topic: "no topic", data: "no number", id: "used", expectedOffset: 99 };
    expect(await codeOf(wrong)).toBe("TOPIC_INVALID");
    expect(await codeOf({ ...wrong, topic: "unknown" })).toBe("TOPIC_UNKNOWN");
    expect(await codeOf({ ...wrong, topic: "t" })).toBe("DATA_INVALID");
    expect(await codeOf({ ...wrong, topic: "t", data: 2 })).toBe("EVENT_ID_CONFLICT");
    expect(await codeOf({ ...wrong, topic: "t", data: 1 })).toBe(true);
    expect(await codeOf({ ...wrong, topic: "t", data: 1, id: "fresh" })).toBe("OFFSET_MISMATCH");
  });
});

describe("expectedOffset", () => {
  it("lets one of those who expect the same through", async () => {
    await using broker = await createBroker();
    await broker.produce({ topic: "other", data: 0 });
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, data) => broker.produce({ topic: "t", data, expectedOffset: 0 })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(results.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { code: "OFFSET_MISMATCH", details: { actual: 2 } },
    });
    await expect(broker.produce({ topic: "t", data: 1, expectedOffset: 2 })).resolves.toMatchObject({
      offset: 3,
    });
  });

  it("is not changed by trimming", async () => {
    const trimmed = defineTopics({ t: { schema: z.string(), retention: { maxBytes: 90 } } });
    await using broker = await createBroker({ topics: trimmed });
    await broker.produce({ topic: "t", data: "x".repeat(100) });
    expect(await broker.topics.get("t")).toMatchObject({ count: 0, latestOffset: 1 });
    await expect(broker.produce({ topic: "t", data: "y", expectedOffset: 0 })).rejects.toMatchObject({
      code: "OFFSET_MISMATCH",
    });
    await expect(broker.produce({ topic: "t", data: "y", expectedOffset: 1 })).resolves.toMatchObject({
      offset: 2,
    });
  });
});
