import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTopics } from "../../src/topics/index.js";
import { get, produce } from "../support/plain.js";
import { serve } from "../support/serve.js";

const topics = defineTopics({
  "orders.created": {
    schema: z.object({ at: z.date() }),
    retention: { maxEvents: 2, maxAge: "7d", maxBytes: "1mb" },
  },
  "chat.*": z.string(),
});

describe("GET /topics/<topic>", () => {
  it("tells all that is known of a topic", async () => {
    const { url, broker } = await serve({ topics });
    for (let round = 0; round < 3; round++) {
      await broker.produce({ topic: "orders.created", data: { at: new Date(round) } });
    }
    const { events } = await broker.history({ topic: "orders.created" });
    const { status, body } = await get(`${url}/topics/orders.created`);
    expect(status).toBe(200);
    expect(body).toEqual({
      topic: "orders.created",
      earliestOffset: 2,
      latestOffset: 3,
      count: 2,
      bytes: expect.any(Number) as number,
      lastEventTime: events.at(-1)?.time,
      retention: { maxEvents: 2, maxAge: 604_800_000, maxBytes: 1_048_576 },
      durability: "memory",
      schema: expect.objectContaining({ type: "object" }) as object,
      inputSchema: expect.objectContaining({ type: "object" }) as object,
    });
    expect(body).toMatchObject({ schema: { properties: { at: { "x-rtmsg-type": "Date" } } } });
  });

  it("tells of a declared topic before its first event, and of a name that a pattern covers", async () => {
    const { url } = await serve({ topics });
    const nothing = { earliestOffset: null, latestOffset: null, count: 0, bytes: 0, lastEventTime: null };
    expect((await get(`${url}/topics/orders.created`)).body).toMatchObject(nothing);
    expect((await get(`${url}/topics/chat.main`)).body).toMatchObject({
      ...nothing,
      schema: { type: "string" },
    });
  });

  it("does not know a topic that was never made, nor a pattern", async () => {
    const { url } = await serve();
    expect(await get(`${url}/topics/nope`)).toMatchObject({ status: 404, body: { code: "TOPIC_UNKNOWN" } });
    expect(await get(`${url}/topics/a.*`)).toMatchObject({ status: 400, body: { code: "TOPIC_INVALID" } });
    expect(await get(`${url}/topics/%zz`)).toMatchObject({ status: 400, body: { code: "INPUT_INVALID" } });
  });

  it("keeps counting a topic that has been trimmed empty", async () => {
    const emptied = defineTopics({ t: { schema: z.string(), retention: { maxBytes: 100 } } });
    const { url, broker } = await serve({ topics: emptied });
    await broker.produce({ topic: "t", data: "x".repeat(200) });
    expect((await get(`${url}/topics/t`)).body).toMatchObject({
      count: 0,
      bytes: 0,
      earliestOffset: null,
      latestOffset: 1,
    });
  });
});

describe("GET /topics", () => {
  it("lists what is declared and what has had an event, by name, in pages", async () => {
    const { url, broker } = await serve({ topics });
    for (const name of ["chat.c", "chat.a", "chat.b", "chat.d"])
      await broker.produce({ topic: name as "chat.a", data: "x" });
    const names: string[] = [];
    let after = "";
    for (let page = 0; ; page++) {
      const { body } = await get(`${url}/topics?limit=2&after=${after}`);
      const { topics: listed, next } = body as { topics: { topic: string }[]; next: string | null };
      expect(listed.length).toBeLessThanOrEqual(2);
      names.push(...listed.map(({ topic }) => topic));
      if (next === null) break;
      expect(next).toBe(names.at(-1));
      expect(page).toBeLessThan(5);
      after = next;
    }
    expect(names).toEqual(["chat.a", "chat.b", "chat.c", "chat.d", "orders.created"]);
  });

  it("lists by prefix", async () => {
    const { url } = await serve();
    for (const name of ["a", "a.b", "ab", "b"]) await produce(url, name, 1);
    const { body } = await get(`${url}/topics?prefix=a.`);
    expect(body).toMatchObject({ topics: [{ topic: "a.b" }], next: null });
    expect((await get(`${url}/topics?prefix=zz`)).body).toEqual({ topics: [], next: null });
  });

  it.each(["limit=0", "limit=-1", "limit=1001", "limit=x", "limit=", `prefix=${"x".repeat(256)}`])(
    "refuses ?%s",
    async (query) => {
      const { url } = await serve();
      expect(await get(`${url}/topics?${query}`)).toMatchObject({
        status: 400,
        body: { code: "INPUT_INVALID" },
      });
    },
  );
});

describe("GET /topics/<topic>/events", () => {
  it("reads the past in pages that follow each other through next", async () => {
    const { url, broker } = await serve();
    for (let data = 1; data <= 10; data++)
      await broker.produce({ topic: data % 2 === 0 ? "t.even" : "t.odd", data });
    for (const [topic, expected] of [
      ["t.even", [2, 4, 6, 8, 10]],
      ["t.*", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ] as const) {
      const seen: unknown[] = [];
      let from = "earliest";
      for (let page = 0; ; page++) {
        const { body } = await get(`${url}/topics/${topic}/events?limit=3&from=${from}`);
        const { events, next } = body as { events: { data: number }[]; next: string | null };
        seen.push(...events.map(({ data }) => data));
        if (next === null) break;
        expect(page).toBeLessThan(6);
        from = next;
      }
      expect(seen).toEqual(expected);
    }
  });

  it("carries the JSON half of the data, and everything else of the event", async () => {
    const { url, broker } = await serve();
    const extras = { id: "e-1", key: "k", headers: { a: "b" } };
    const receipt = await broker.produce({ topic: "t", data: { at: new Date(0), big: 7n }, ...extras });
    const { body } = await get(`${url}/topics/t/events`);
    const { offset, cursor, time, topic } = receipt;
    const data = { at: "1970-01-01T00:00:00.000Z", big: "7" };
    expect(body).toEqual({ events: [{ topic, offset, cursor, time, ...extras, data }], next: null });
  });

  it("gives 100 events unless told otherwise, and at most 1,000", async () => {
    const { url, broker } = await serve();
    await broker.produceBatch(Array.from({ length: 1_000 }, (_, data) => ({ topic: "t", data })));
    await broker.produce({ topic: "t", data: 1_000 });
    const countOf = async (query: string): Promise<number> =>
      ((await get(`${url}/topics/t/events${query}`)).body["events"] as unknown[]).length;
    expect(await countOf("")).toBe(100);
    expect(await countOf("?limit=1000")).toBe(1_000);
    expect((await get(`${url}/topics/t/events?limit=1001`)).status).toBe(400);
  });

  it("gives at least one event, however large, and says that there are more", async () => {
    const { url, broker } = await serve({ limits: { eventBytes: 6_000_000 } });
    for (let round = 0; round < 2; round++) await broker.produce({ topic: "t", data: "x".repeat(5_000_000) });
    const { body } = await get(`${url}/topics/t/events`);
    expect(body["events"]).toHaveLength(1);
    expect(body["next"]).toBe(`${broker.epoch}-1`);
  });
});
