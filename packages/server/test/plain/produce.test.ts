import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTopics } from "../../src/topics/index.js";
import { call, get, produce } from "../support/plain.js";
import { serve } from "../support/serve.js";

describe("POST /produce/<topic>", () => {
  it("stores a JSON body, and answers the receipt", async () => {
    const { url, broker } = await serve();
    const { status, body, headers } = await produce(url, "newtopic", "This is a new event");
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(body).toEqual({
      topic: "newtopic",
      offset: 1,
      cursor: `${broker.epoch}-1`,
      time: expect.any(Number) as number,
      duplicate: false,
    });
    expect((await broker.history({ topic: "newtopic" })).events).toMatchObject([
      { data: "This is a new event" },
    ]);
  });

  it.each([
    null,
    true,
    0,
    "",
    "text",
    [],
    {},
    { a: [1, { b: null }] },
    { json: 1, meta: { values: ["Date"] } },
  ])("stores %j as it is", async (data) => {
    const { url, broker } = await serve();
    expect((await produce(url, "t", data)).status).toBe(200);
    const { events } = await broker.history({ topic: "t" });
    expect(events.map((event) => event.data)).toEqual([data]);
  });

  it("takes the Idempotency-Key as the event's id: a retry gets the first receipt", async () => {
    const { url, broker } = await serve();
    const key = { "idempotency-key": "e-1" };
    const first = await produce(url, "t", { a: 1 }, key);
    const again = await produce(url, "t", { a: 1 }, key);
    expect(again).toMatchObject({ status: 200, body: { ...first.body, duplicate: true } });
    expect((await produce(url, "other", { a: 2 }, key)).body).toMatchObject({ offset: 2, duplicate: false });
    expect((await broker.history({ topic: "t" })).events).toMatchObject([{ id: "e-1", data: { a: 1 } }]);
  });

  it("refuses the same Idempotency-Key for another body", async () => {
    const { url } = await serve();
    const key = { "idempotency-key": "e-1" };
    await produce(url, "t", { a: 1 }, key);
    const { status, body } = await produce(url, "t", { a: 2 }, key);
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: "EVENT_ID_CONFLICT",
      message: expect.stringContaining('"e-1"') as string,
    });
  });

  it("takes an escaped topic, and any JSON content type or none", async () => {
    const { url } = await serve();
    expect((await call("POST", `${url}/produce/orders%2Ecreated`, "1")).body).toMatchObject({
      topic: "orders.created",
    });
    for (const type of [
      "application/json",
      "application/json; charset=utf-8",
      "application/cloudevents+json",
    ]) {
      expect((await call("POST", `${url}/produce/t`, "1", { "content-type": type })).status).toBe(200);
    }
    const utf8 = new TextEncoder().encode('\uFEFF"ü"');
    expect((await call("POST", `${url}/produce/t`, utf8)).status).toBe(200);
  });

  it("answers before the body has come when it is declared too large", async () => {
    const { url } = await serve({ limits: { frameBytes: 1_000 } });
    const { status, body } = await produce(url, "t", "x".repeat(1_001));
    expect(status).toBe(413);
    expect(body).toMatchObject({ code: "EVENT_TOO_LARGE", limit: 1_000 });
    expect((await produce(url, "t", "x".repeat(998))).status).toBe(200);
  });

  it("checks the data with the topic's schema", async () => {
    const topics = defineTopics({ "orders.*": z.object({ id: z.string(), total: z.number().default(0) }) });
    const { url, broker } = await serve({ topics });
    expect((await produce(url, "orders.created", { id: "o-1" })).status).toBe(200);
    expect((await broker.history({ topic: "orders.*" })).events).toMatchObject([
      { data: { id: "o-1", total: 0 } },
    ]);
    const { status, body } = await produce(url, "orders.created", { id: 7 });
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: "DATA_INVALID", issues: [{ path: ["id"] }] });
  });

  it("keeps the connection for the next request", async () => {
    const { url } = await serve();
    for (const data of ["not json", "1"]) {
      const { headers } = await call("POST", `${url}/produce/t`, data, { connection: "keep-alive" });
      expect(headers.connection).toBe("keep-alive");
    }
  });
});

describe("the plain routes", () => {
  it("answer HEAD as GET, without a body and without staying open", async () => {
    const { url, broker } = await serve();
    await produce(url, "t", 1);
    for (const path of ["/", "/healthz", "/topics", "/topics/t", "/topics/t/events"]) {
      const named = { "x-request-id": path };
      const [head, full] = await Promise.all([
        call("HEAD", `${url}${path}`, undefined, named),
        get(`${url}${path}`, named),
      ]);
      expect(head.text).toBe("");
      expect({ ...head.headers, date: "" }).toEqual({ ...full.headers, date: "" });
      expect(head.status).toBe(200);
    }
    const stream = await call("HEAD", `${url}/subscribe/t`, undefined, { accept: "text/event-stream" });
    expect(stream.status).toBe(200);
    expect(stream.headers["content-type"]).toMatch(/^text\/event-stream/);
    expect(broker.subscriberCount).toBe(0);
  });

  it.each([
    ["GET", "/nope", 404],
    ["GET", "/produce", 404],
    ["POST", "/produce/", 404],
    ["POST", "/produce/a/b", 404],
    ["GET", "/topics/t/nope", 404],
    ["GET", "/topics/", 404],
    ["GET", "//", 404],
    ["GET", "/%00", 404],
    ["GET", "/produce/t", 405],
    ["PUT", "/produce/t", 405],
    ["DELETE", "/topics/t", 405],
    ["POST", "/topics", 405],
    ["POST", "/subscribe/t", 405],
    ["POST", "/healthz", 405],
    ["OPTIONS", "/produce/t", 405],
  ])("answer %s %s with %d and a code", async (method, path, expected) => {
    const { url } = await serve();
    const { status, body, headers } = await call(method, `${url}${path}`, method === "GET" ? undefined : "1");
    expect(status).toBe(expected);
    expect(body).toMatchObject({ code: "INPUT_INVALID", message: expect.any(String) as string });
    if (expected === 405) expect(headers.allow).toMatch(/GET|POST/);
  });

  it("say what there is", async () => {
    const { url } = await serve();
    const { status, text, headers } = await get(`${url}/`);
    expect(status).toBe(200);
    expect(headers["content-type"]).toMatch(/^text\/plain/);
    for (const route of ["/produce/", "/subscribe/", "/topics", "/healthz", "/trpc"])
      expect(text).toContain(route);
  });

  it("say that all is well", async () => {
    const { url, broker } = await serve();
    expect((await get(`${url}/healthz`)).body).toEqual({
      status: "ok",
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      engine: "memory",
      durability: "memory",
      epoch: broker.epoch,
    });
  });
});
