import { describe, expect, it } from "vitest";
import type { ProduceResult } from "../../src/protocol/index.js";
import { call } from "../support/plain.js";
import { rtmsgOf, stockHttpClient, stockSocketClient, type StockClient } from "../support/stock-client.js";
import { errorFixture, tellsSecrets, type Fixture } from "./fixture.js";

interface Event {
  readonly topic: string;
  readonly data: unknown;
  readonly id?: string;
  readonly key?: string;
  readonly headers?: Record<string, string>;
  readonly expectedOffset?: number;
}

interface Case {
  readonly name: string;
  readonly event: Event;
  readonly code: string;
  readonly status: number;
  readonly details?: Record<string, unknown>;
  /** Whether a plain POST can say it. */
  readonly isPlain?: boolean;
  /** Whether superjson refuses it in the client already. */
  readonly isPlainOnly?: boolean;
}

const fits = { id: "o-1", total: 1 };
const cases: readonly Case[] = [
  { name: "an empty event id", event: { topic: "any", data: 1, id: "" }, code: "INPUT_INVALID", status: 400 },
  {
    name: "an event id that is too long",
    event: { topic: "any", data: 1, id: "x".repeat(256) },
    code: "INPUT_INVALID",
    status: 400,
    details: { issues: [{ path: ["id"], message: expect.any(String) as string }] },
    isPlain: true,
  },
  {
    name: "a key that is too long",
    event: { topic: "any", data: 1, key: "x".repeat(256) },
    code: "INPUT_INVALID",
    status: 400,
    details: { issues: [{ path: ["key"], message: expect.any(String) as string }] },
  },
  {
    name: "too many headers",
    event: {
      topic: "any",
      data: 1,
      headers: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`h${n}`, ""])),
    },
    code: "INPUT_INVALID",
    status: 400,
  },
  {
    name: "headers that are too large, in UTF-8",
    event: { topic: "any", data: 1, headers: { h: "ü".repeat(4_096) } },
    code: "INPUT_INVALID",
    status: 400,
  },
  {
    name: "a name that is none",
    event: { topic: "no topic", data: 1 },
    code: "TOPIC_INVALID",
    status: 400,
    isPlain: true,
  },
  {
    name: "a pattern",
    event: { topic: "many.*", data: 1 },
    code: "TOPIC_INVALID",
    status: 400,
    isPlain: true,
  },
  {
    name: "a name that is too long",
    event: { topic: "x".repeat(256), data: 1 },
    code: "TOPIC_INVALID",
    status: 400,
    isPlain: true,
  },
  {
    name: "an undeclared topic",
    event: { topic: "nope", data: 1 },
    code: "TOPIC_UNKNOWN",
    status: 404,
    isPlain: true,
  },
  {
    name: "data that does not fit",
    event: { topic: "orders", data: { id: 7, total: "x" } },
    code: "DATA_INVALID",
    status: 422,
    details: {
      issues: [
        { path: ["id"], message: expect.stringContaining("expected string") as string },
        { path: ["total"], message: expect.any(String) as string },
      ],
    },
    isPlain: true,
  },
  {
    name: "data with a key that could pollute prototypes",
    event: { topic: "any", data: JSON.parse('{"constructor":{"prototype":{"x":1}}}') as unknown },
    code: "DATA_INVALID",
    status: 422,
    isPlain: true,
    isPlainOnly: true,
  },
  {
    name: "data that is too large",
    event: { topic: "any", data: "x".repeat(999) },
    code: "EVENT_TOO_LARGE",
    status: 413,
    details: { limit: 1_000 },
    isPlain: true,
  },
  {
    name: "data that is too large in UTF-8",
    event: { topic: "any", data: "ü".repeat(500) },
    code: "EVENT_TOO_LARGE",
    status: 413,
    details: { limit: 1_000 },
    isPlain: true,
  },
  {
    name: "an id that was used for other data",
    event: { topic: "any", data: "other", id: "used" },
    code: "EVENT_ID_CONFLICT",
    status: 409,
    isPlain: true,
  },
  {
    name: "an offset that is not the last",
    event: { topic: "brief", data: 9, expectedOffset: 2 },
    code: "OFFSET_MISMATCH",
    status: 412,
    details: { actual: 3 },
  },
  {
    name: "an offset where there was no event yet",
    event: { topic: "orders", data: fits, expectedOffset: 1 },
    code: "OFFSET_MISMATCH",
    status: 412,
    details: { actual: 0 },
  },
  {
    name: "one topic too many",
    event: { topic: "orders", data: fits },
    code: "LIMIT_EXCEEDED",
    status: 429,
    details: { limit: 3 },
    isPlain: true,
  },
  {
    name: "a schema that throws",
    event: { topic: "broken", data: 1 },
    code: "INTERNAL",
    status: 500,
    isPlain: true,
  },
  {
    name: "a schema that rejects",
    event: { topic: "broken.later", data: 1, id: "x" },
    code: "INTERNAL",
    status: 500,
    isPlain: true,
  },
];

interface Failure {
  readonly status: unknown;
  readonly body: Record<string, unknown>;
}

async function failed(call: Promise<unknown>): Promise<Failure> {
  const outcome = await call.then(
    (value: unknown) => ({ error: new Error(`It did not fail: ${JSON.stringify(value)}`) }),
    (error: unknown) => ({ error }),
  );
  const { httpStatus, ...body } = rtmsgOf(outcome.error);
  return { status: httpStatus, body: { ...body, message: (outcome.error as Error).message } };
}

async function failedInBatch(trpc: StockClient, event: Event): Promise<Failure> {
  const good = { topic: "many.a", data: "beside it" };
  const { results } = await trpc.produceBatch.mutate({ events: [good, event, good] });
  const [before, result, after] = results as [ProduceResult, ProduceResult, ProduceResult];
  expect([before.ok, after.ok]).toEqual([true, true]);
  if (result.ok) throw new Error("It did not fail");
  return { status: undefined, body: { ...result.error } };
}

const transports: Readonly<Record<string, (fixture: Fixture, event: Event) => Promise<Failure>>> = {
  "produce over wsLink": ({ url }, event) => failed(stockSocketClient(url).trpc.produce.mutate(event)),
  "produce over httpLink": ({ url }, event) => failed(stockHttpClient(url).produce.mutate(event)),
  "produce over httpBatchLink": ({ url }, event) =>
    failed(stockHttpClient(url, { batch: true }).produce.mutate(event)),
  "produceBatch over wsLink": ({ url }, event) => failedInBatch(stockSocketClient(url).trpc, event),
  "produceBatch over httpLink": ({ url }, event) => failedInBatch(stockHttpClient(url), event),
  "POST /produce": async ({ url }, { topic, data, id }) => {
    const headers = {
      "content-type": "application/json",
      ...(id !== undefined && { "idempotency-key": id }),
    };
    const path = `${url}/produce/${encodeURIComponent(topic)}`;
    return call("POST", path, JSON.stringify(data), headers);
  },
};

describe.each(Object.entries(transports))("what is wrong with an event, over %s", (transport, send) => {
  const told = cases.filter(({ isPlain, isPlainOnly }) =>
    transport === "POST /produce" ? isPlain : !isPlainOnly,
  );

  it.each(told)("$name is $code", async ({ event, code, status, details }) => {
    const fixture = await errorFixture();
    const failure = await send(fixture, event);
    if (failure.status !== undefined) expect(failure.status).toBe(status);
    const { message, ...body } = failure.body;
    // What a schema or a check of the input found is a detail too, whatever its words.
    const { issues, request, ...rest } = { issues: undefined, request: undefined, ...body };
    if (issues !== undefined) expect(code).toMatch(/^(INPUT|DATA)_INVALID$/);
    expect({ ...rest, ...(details?.["issues"] !== undefined && { issues }) }).toEqual({ code, ...details });
    expect(message).toMatch(/^[A-Z"].{10,300}[^.]$/s);
    expect(tellsSecrets(JSON.stringify(failure))).toBe(false);

    const logged = fixture.log.filter(({ level }) => level === "error");
    if (code !== "INTERNAL") expect([logged, request]).toEqual([[], undefined]);
    else {
      expect(message).toContain(`request ${String(request)}`);
      expect(logged[0]?.fields["request"]).toBe(request);
      expect(logged).toHaveLength(1);
      expect(logged[0]?.fields["error"]).toMatchObject({
        message: expect.stringContaining("swordfish") as string,
      });
    }
  });

  it("a broker that is shutting down is SHUTTING_DOWN", async () => {
    const fixture = await errorFixture();
    fixture.drain();
    const event = { topic: "any", data: 1 };
    if (!transport.startsWith("produceBatch")) {
      const { status, body } = await send(fixture, event);
      expect(status).toBe(503);
      expect(body).toMatchObject({ code: "SHUTTING_DOWN" });
      return;
    }
    const { trpc } = stockSocketClient(fixture.url);
    const { status, body } = await failed(trpc.produceBatch.mutate({ events: [event] }));
    expect([status, body["code"]]).toEqual([503, "SHUTTING_DOWN"]);
  });
});

describe("a batch", () => {
  it.each([
    ["no events", { events: [] }],
    ["too many events", { events: Array.from({ length: 1_001 }, () => 0) }],
    ["no list of events", { events: {} }],
    ["nothing", undefined],
  ])("of %s is INPUT_INVALID", async (_, input) => {
    const { url } = await errorFixture();
    for (const trpc of [stockSocketClient(url).trpc, stockHttpClient(url)]) {
      const { status, body } = await failed(trpc.produceBatch.mutate(input as { events: [] }));
      expect([status, body["code"]]).toEqual([400, "INPUT_INVALID"]);
    }
  });

  it.each([
    1,
    null,
    "x",
    [],
    { data: 1 },
    { topic: 7, data: 1 },
    { topic: "any", data: 1, expectedOffset: -1 },
  ])("answers %j, which is no event, in its place", async (event) => {
    const { url } = await errorFixture();
    expect(await failedInBatch(stockSocketClient(url).trpc, event as Event)).toMatchObject({
      body: { code: "INPUT_INVALID" },
    });
  });
});
