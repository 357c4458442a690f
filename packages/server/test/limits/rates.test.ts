import { describe, expect, it } from "vitest";
import type { Identity } from "../../src/security/identity.js";
import { Rates } from "../../src/security/rates.js";
import { produce } from "../support/plain.js";
import { serve } from "../support/serve.js";
import { failureOf, stockSocketClient, type StockClient } from "../support/stock-client.js";

const auth = (token: string | undefined): Identity => ({
  name: token ?? "nobody",
  rights: { produce: [">"], subscribe: [], admin: false },
});

const as = (url: string, token: string): StockClient =>
  stockSocketClient(url, { connectionParams: { token } }).trpc;

const event = (topic: string, data: unknown = 1): { topic: string; data: unknown } => ({ topic, data });

describe("an identity that produces too fast", () => {
  it("is told to wait, on every transport and connection, and nobody else is", async () => {
    const { url, broker } = await serve({ auth, limits: { eventsPerSecond: 1 } });
    const ann = as(url, "ann");
    const events = Array.from({ length: 200 }, () => event("t"));
    const { results } = await ann.produceBatch.mutate({ events });
    expect(results.every(({ ok }) => ok)).toBe(true);
    const refusal = await failureOf(ann.produce.mutate(event("t")));
    expect(refusal).toMatchObject({ code: "RATE_LIMITED", httpStatus: 429 });
    expect(refusal["retryAfterMs"]).toBeGreaterThan(0);
    expect(await failureOf(ann.produceBatch.mutate({ events }))).toMatchObject({ code: "RATE_LIMITED" });
    expect(await failureOf(as(url, "ann").produce.mutate(event("t")))).toMatchObject({
      code: "RATE_LIMITED",
    });
    const plain = await produce(url, "t", 1, { authorization: "Bearer ann" });
    expect(plain).toMatchObject({ status: 429, body: { code: "RATE_LIMITED" } });
    expect(Number(plain.headers["retry-after"])).toBeGreaterThan(0);
    await as(url, "bob").produce.mutate(event("t"));
    // Whatever was refused is not there.
    expect((await broker.topics.get("t")).count).toBe(201);
  });

  it("is told so for its bytes as well", async () => {
    const { url } = await serve({ auth, limits: { bytesPerSecond: 1_000 } });
    const ann = as(url, "ann");
    await ann.produce.mutate(event("t", "x".repeat(200_000)));
    expect(await failureOf(ann.produce.mutate(event("t")))).toMatchObject({ code: "RATE_LIMITED" });
    await as(url, "bob").produce.mutate(event("t"));
  });

  it("and makes new topics is told so for these only", async () => {
    const { url } = await serve({ auth, limits: { newTopicsPerMinute: 3 } });
    const ann = as(url, "ann");
    const { results } = await ann.produceBatch.mutate({
      events: ["a", "b", "a", "c", "d", "a", "d"].map((topic) => event(topic)),
    });
    expect(results.map((one) => (one.ok ? "ok" : one.error.code))).toEqual([
      "ok",
      "ok",
      "ok",
      "ok",
      "RATE_LIMITED",
      "ok",
      "RATE_LIMITED",
    ]);
    await ann.produce.mutate(event("a"));
    await as(url, "bob").produce.mutate(event("d"));
    await ann.produce.mutate(event("d"));
  });

  it("is an address where nobody is asked who they are", async () => {
    const { url } = await serve({ limits: { eventsPerSecond: 1 } });
    const { trpc } = stockSocketClient(url);
    await trpc.produceBatch.mutate({ events: Array.from({ length: 200 }, () => event("t")) });
    expect(await failureOf(trpc.produce.mutate(event("t")))).toMatchObject({ code: "RATE_LIMITED" });
    expect(await produce(url, "t", 1)).toMatchObject({ status: 429 });
  });
});

it("forgets identities that have not produced lately, and no others", () => {
  const rates = new Rates({ eventsPerSecond: 1, bytesPerSecond: 1, newTopicsPerMinute: 1 });
  const busy = rates.ofIdentity("busy");
  busy.takeEvents(1_000_000);
  const quiet = rates.ofIdentity("quiet");
  for (let other = 0; other < 10_000; other++) rates.ofAddress(`10.0.0.${other}`);
  expect(rates.ofIdentity("busy")).toBe(busy);
  expect(rates.ofIdentity("quiet")).not.toBe(quiet);
});

describe("an event", () => {
  it("is held against the broker's limits, where they are lower than the protocol's", async () => {
    const limits = { keyLength: 5, headers: 2, headerBytes: 20, dataDepth: 3 };
    const { url, broker } = await serve({ limits });
    const { trpc } = stockSocketClient(url);
    const codeOf = async (extra: object): Promise<unknown> =>
      (await failureOf(trpc.produce.mutate({ ...event("t"), ...extra })))["code"];
    expect(await codeOf({ key: "abcdef" })).toBe("INPUT_INVALID");
    expect(await codeOf({ headers: { a: "1", b: "2", c: "3" } })).toBe("INPUT_INVALID");
    expect(await codeOf({ headers: { a: "€".repeat(7) } })).toBe("INPUT_INVALID");
    expect(await codeOf({ data: [[[[]]]] })).toBe("DATA_INVALID");
    const most = { key: "abcde", headers: { a: "€".repeat(6), b: "" }, data: [[[1]]] };
    expect(await trpc.produce.mutate({ ...event("t"), ...most })).toMatchObject({ offset: 1 });
    expect((await broker.history({ topic: "t" })).events).toMatchObject([most]);
  });
});
