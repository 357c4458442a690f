import {
  createClient,
  defineTopics,
  ERROR_STATUS,
  RtmsgError,
  type Client,
  type ErrorCode,
} from "@rtmsg/client";
import { startTestServer } from "@rtmsg/server/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import { answer, refuse, ScriptedServer } from "./support/scripted-server.js";
import { QUICK, setUp } from "./support/setup.js";
import { take } from "./support/take.js";
import { topics } from "./support/topics.js";

/** What a promise is rejected with; an RtmsgError, as everything that leaves the client is. */
async function rejection(promise: Promise<unknown>): Promise<RtmsgError> {
  const error: unknown = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(RtmsgError);
  return error as RtmsgError;
}

test("what the server refuses is told by its code, with its details", async () => {
  await using server = await startTestServer({ topics, limits: { eventBytes: 1_000, topics: 2 } });
  // A client without types, for what would not compile with them.
  await using client = createClient({ url: server.url });
  const order = { topic: "orders.created", data: { id: "o", total: 1 }, id: "1" };
  const first = await client.produce.mutate(order);
  const cases: readonly (readonly [Promise<unknown>, ErrorCode, object?])[] = [
    [client.produce.mutate({ topic: "orders created", data: 1 }), "TOPIC_INVALID"],
    [client.produce.mutate({ topic: "orders.*", data: 1 }), "TOPIC_INVALID"],
    [client.produce.mutate({ topic: "nothing.declared", data: 1 }), "TOPIC_UNKNOWN"],
    [client.produce.mutate({ topic: "orders.created", data: {} }), "DATA_INVALID"],
    [client.produce.mutate({ ...order, data: { id: "o", total: 2 } }), "EVENT_ID_CONFLICT"],
    [
      client.produce.mutate({ topic: "orders.created", data: order.data, expectedOffset: 7 }),
      "OFFSET_MISMATCH",
      { actual: first.offset },
    ],
    [
      client.produce.mutate({ topic: "logs.a", data: { n: 1, text: "x".repeat(2_000) } }),
      "EVENT_TOO_LARGE",
      { limit: 1_000 },
    ],
    [client.produce.mutate({ ...order, id: "" }), "INPUT_INVALID"],
    [client.history.query({ topic: "orders.created", limit: 0 }), "INPUT_INVALID"],
    [client.history.query({ topic: "orders.created", from: { cursor: "x" } }), "CURSOR_INVALID"],
    [client.history.query({ topic: "orders.created", from: { cursor: "aaaaaaaa-1" } }), "GAP"],
    [client.topics.get.query({ topic: "nothing" }), "TOPIC_UNKNOWN"],
    [client.produceBatch.mutate({ events: [] }), "INPUT_INVALID"],
    [client.subscribe({ topic: "a b" }).next(), "TOPIC_INVALID"],
    [client.subscribe({ topic: "nothing.*" }).next(), "TOPIC_UNKNOWN"],
    [client.subscribe({ topic: "orders.created", from: { cursor: "x" } }).next(), "CURSOR_INVALID"],
    [client.subscribe({ topic: "orders.created", from: { offset: 99 } }).next(), "CURSOR_INVALID"],
    [client.subscribe({ topic: "orders.created", from: { offset: -1 } }).next(), "INPUT_INVALID"],
  ];
  const errors = await Promise.all(cases.map(([promise]) => rejection(promise)));
  for (const [index, [, code, details = {}]] of cases.entries()) {
    expect(errors[index]).toMatchObject({ code, details, status: ERROR_STATUS[code] });
  }
});

test("a log that is full of topics is LIMIT_EXCEEDED", async () => {
  await using server = await startTestServer({ limits: { topics: 1 } });
  await using client = createClient({ url: server.url });
  await client.produce.mutate({ topic: "a", data: 1 });
  const error = await rejection(client.produce.mutate({ topic: "b", data: 1 }));
  expect(error).toMatchObject({ code: "LIMIT_EXCEEDED", details: { limit: 1 } });
});

test("what cannot be sent is refused before it is", async () => {
  await using setup = await setUp();
  const client = setup.client as unknown as Client;
  const huge = "x".repeat(9_000_000);
  const wide = "é".repeat(4_500_000);
  const { results } = await client.produceBatch.mutate({
    events: [
      { topic: "logs.a", data: huge },
      { topic: "logs.a", data: { n: 1 } },
    ],
  });
  expect(results).toMatchObject([{ ok: false, error: { code: "EVENT_TOO_LARGE" } }, { ok: true }]);
  const cases = [
    [client.produce.mutate({ topic: "logs.a", data: huge }), "EVENT_TOO_LARGE"],
    [client.produce.mutate({ topic: "logs.a", data: wide }), "EVENT_TOO_LARGE"],
    [client.produce.mutate({ topic: "logs.a", data: { constructor: new Date() } }), "DATA_INVALID"],
    [client.produce.mutate({ topic: "logs.a", data: 1, id: 5 as never }), "INPUT_INVALID"],
    [client.produce.mutate({ topic: "logs.a", data: 1, expectedOffset: 5n as never }), "INPUT_INVALID"],
    [client.produce.mutate(undefined as never), "INPUT_INVALID"],
    [client.produceBatch.mutate({ events: [] }), "INPUT_INVALID"],
    [client.subscribe({ topic: huge }).next(), "INPUT_INVALID"],
  ] as const;
  // All at once, so that none is rejected before it is looked at.
  const errors = await Promise.all(cases.map(([promise]) => rejection(promise)));
  expect(errors.map(({ code }) => code)).toEqual(cases.map(([, code]) => code));
  // The connection is none the worse for it.
  await client.produce.mutate({ topic: "logs.a", data: { n: 1 } });
  expect(setup.proxy.connections).toBe(1);
});

/** A server that is shutting down is waited for. */
const TOLD = (Object.keys(ERROR_STATUS) as ErrorCode[]).filter((code) => code !== "SHUTTING_DOWN");

test.each(TOLD)("%s is told as the server sent it", async (code) => {
  // So long that the client does not wait.
  const body = { code, retryAfterMs: 60_000, requested: "aaaaaaaa-1" };
  await using server = await ScriptedServer.start(({ id }, socket) => refuse(socket, id, body));
  await using client = createClient({ url: server.url });
  const error = await rejection(client.produce.mutate({ topic: "a", data: 1 }));
  const details = { retryAfterMs: 60_000, requested: "aaaaaaaa-1" };
  expect(error).toMatchObject({ code, message: "no", details });
});

test("an error that is none of rtmsg's is INTERNAL", async () => {
  await using server = await ScriptedServer.start(({ id, params }, socket) => {
    if (params?.path === "produceBatch") refuse(socket, id, { code: "FROM_THE_FUTURE" });
    else socket.send(JSON.stringify({ id, error: { json: "no shape" } }));
  });
  await using client = createClient({ url: server.url });
  expect(await rejection(client.produce.mutate({ topic: "a", data: 1 }))).toMatchObject({ code: "INTERNAL" });
  expect(await rejection(client.topics.list.query())).toMatchObject({ code: "INTERNAL" });
});

test("a query whose connection breaks is sent again", async () => {
  let isCut = false;
  await using server = await ScriptedServer.start((message, socket) => {
    if (isCut) answer(socket, message.id, { topics: [], next: null });
    else socket.terminate();
    isCut = true;
  });
  await using client = createClient({ url: server.url, backoff: QUICK });
  expect(await client.topics.list.query()).toEqual({ topics: [], next: null });
  expect(server.callsOf("topics.list")).toHaveLength(2);
});

test("errors that pass do not end a subscription", async () => {
  const passing = ["SHUTTING_DOWN", "UNAVAILABLE", "RATE_LIMITED"];
  const codes = [...passing];
  await using server = await ScriptedServer.start(({ id, method }, socket) => {
    if (method !== "subscription") return;
    const code = codes.shift();
    if (code !== undefined) refuse(socket, id, { code, retryAfterMs: 1 });
    else {
      socket.send(JSON.stringify({ id, result: { type: "started" } }));
      const cursor = "aaaaaaaa-1";
      const event = { topic: "a", offset: 1, cursor, time: 1, data: "at last" };
      answer(socket, id, { id: cursor, data: [event] });
    }
  });
  await using client = createClient({ url: server.url, backoff: QUICK });
  const [event] = await take(client.subscribe({ topic: "a" }), 1);
  expect(event?.data).toBe("at last");
  expect(server.callsOf("subscribeBatch")).toHaveLength(passing.length + 1);
  expect(server.addresses).toHaveLength(1);
});

test("data that throws when it is read is DATA_INVALID", async () => {
  await using setup = await setUp();
  const data = {
    get n(): number {
      throw new Error("not now");
    },
  };
  const error = await rejection(setup.client.produce.mutate({ topic: "logs.a", data }));
  expect(error).toMatchObject({ code: "DATA_INVALID", message: "Data cannot be read: not now" });
});

test("an asynchronous schema that answers with nothing fails its event, and holds up no other", async () => {
  await using server = await startTestServer();
  const broken = { "~standard": { version: 1, vendor: "t", validate: () => Promise.resolve() } };
  const topics = defineTopics({ broken: broken as never, sound: z.string() });
  await using client = createClient({ url: server.url, topics });
  const error = await rejection(client.produce.mutate({ topic: "broken", data: 1 as never }));
  expect(error.code).toBe("DATA_INVALID");
  expect(await client.produce.mutate({ topic: "sound", data: "hi" })).toMatchObject({ offset: 1 });
});

test("a page of history that is none is INTERNAL", async () => {
  await using server = await ScriptedServer.start(({ id }, socket) => answer(socket, id, null));
  await using client = createClient({ url: server.url });
  const error = await rejection(client.topic("a").history().next());
  expect(error.code).toBe("INTERNAL");
});
