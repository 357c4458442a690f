import { createClient, defineTopics, isRtmsgError } from "@rtmsg/client";
import { expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import {
  answer,
  refuse,
  ScriptedServer,
  type ClientMessage,
  type Script,
} from "./support/scripted-server.js";
import { QUICK } from "./support/setup.js";
import { topics } from "./support/topics.js";

interface SentEvent {
  readonly topic: string;
  readonly id: string;
  readonly data: unknown;
}

function eventsOf({ params }: ClientMessage): readonly SentEvent[] {
  const input = params?.input.json as { readonly events?: readonly SentEvent[] } | undefined;
  return input?.events ?? [];
}

/** Answers calls that produce, with offsets from 1 on. */
function storing(): Script {
  let offset = 0;
  return (message, socket) => {
    const results = eventsOf(message).map(({ topic }) => {
      offset += 1;
      return { ok: true, topic, offset, cursor: `aaaaaaaa-${offset}`, time: 1, duplicate: false };
    });
    answer(socket, message.id, { results });
  };
}
test("every event has an id: the one that it is given, or one of its own", async () => {
  await using server = await ScriptedServer.start(storing());
  await using client = createClient({ url: server.url });
  await Promise.all([
    client.produce.mutate({ topic: "a", data: 1 }),
    client.produce.mutate({ topic: "a", data: 2, id: "mine" }),
    client.produceBatch.mutate({ events: [{ topic: "a", data: 3 }] }),
  ]);
  const [call] = server.calls;
  const ids = eventsOf(call!).map(({ id }) => id);
  expect(ids[1]).toBe("mine");
  expect(new Set(ids).size).toBe(3);
  for (const id of [ids[0], ids[2]]) expect(id).toMatch(/^[\w-]{16}$/);
});

test("a duplicate is told where the id was given, and not where it is the client's own", async () => {
  let isCut = false;
  await using server = await ScriptedServer.start((message, socket) => {
    if (!isCut) socket.terminate();
    isCut = true;
    const results = eventsOf(message).map(({ topic }) => {
      return { ok: true, topic, offset: 1, cursor: "aaaaaaaa-1", time: 1, duplicate: true };
    });
    answer(socket, message.id, { results });
  });
  await using client = createClient({ url: server.url, backoff: QUICK });
  const [own, given] = await Promise.all([
    client.produce.mutate({ topic: "a", data: 1 }),
    client.produce.mutate({ topic: "a", data: 1, id: "given" }),
  ]);
  expect([own.duplicate, given.duplicate]).toEqual([false, true]);
  const [first, second] = server.calls;
  expect(eventsOf(second!)).toEqual(eventsOf(first!));
});

test("past the time that the server remembers ids nothing is sent again: its outcome is unknown", async () => {
  let isCut = false;
  const store = storing();
  await using server = await ScriptedServer.start((message, socket) => {
    if (isCut) store(message, socket);
    else socket.terminate();
    isCut = true;
  });
  server.info = { protocol: 1, dedupe: { windowMs: 120_000, reachMs: 0 } };
  await using client = createClient({ url: server.url, backoff: QUICK });
  await expect(client.produce.mutate({ topic: "a", data: 1 })).rejects.toMatchObject({
    code: "OUTCOME_UNKNOWN",
  });
  // What is produced later is none the worse for it.
  expect(await client.produce.mutate({ topic: "a", data: 2 })).toMatchObject({ offset: 1 });
  expect(server.calls.flatMap(eventsOf).map(({ data }) => data)).toEqual([1, 2]);
});

test("what was sent is cut up for a server that takes smaller messages, in its order", async () => {
  const store = storing();
  const sizes: number[] = [];
  await using server = await ScriptedServer.start((message, socket) => {
    if (server.addresses.length === 1) {
      server.info = { limits: { frameBytes: 5_000 } };
      socket.terminate();
      return;
    }
    sizes.push(JSON.stringify(message).length);
    store(message, socket);
  });
  await using client = createClient({ url: server.url, backoff: QUICK });
  const numbers = Array.from({ length: 60 }, (_, n) => n);
  const texts = numbers.map((n) => `${n} ${"x".repeat(n * 5)}`);
  await Promise.all(texts.map((data) => client.produce.mutate({ topic: "a", data })));
  const [first, ...later] = server.calls;
  expect(eventsOf(first!).map(({ data }) => data)).toEqual(texts);
  expect(later.flatMap(eventsOf)).toEqual(eventsOf(first!));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(5_000);
});

test("it counts from the first time, though the server refuses a later one", async () => {
  await using server = await ScriptedServer.start((message, socket) => {
    if (server.callsOf("produceBatch").length === 1) socket.terminate();
    else refuse(socket, message.id, { code: "RATE_LIMITED", retryAfterMs: 200 });
  });
  server.info = { protocol: 1, dedupe: { windowMs: 120_000, reachMs: 150 } };
  await using client = createClient({ url: server.url, backoff: QUICK });
  // It may be stored, of the first time: sent once more after that, it might be stored twice.
  const late = client.produce.mutate({ topic: "a", data: 1 });
  await expect(late).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
  expect(server.callsOf("produceBatch")).toHaveLength(2);
});

test.each([[[null]], [null], [[{ ok: false }]], [[{ ok: true }]], [[{ ok: false, error: null }]], [7]])(
  "results that are none (%j) fail the event, and nothing else",
  async (results) => {
    await using server = await ScriptedServer.start((message, socket) =>
      answer(socket, message.id, { results }),
    );
    await using client = createClient({ url: server.url, backoff: QUICK });
    await expect(client.produce.mutate({ topic: "a", data: 1 })).rejects.toMatchObject({ code: "INTERNAL" });
    expect(client.connection.state).toBe("open");
  },
);

test("that time ends while the connection is away, too", async () => {
  await using server = await ScriptedServer.start((_, socket) => {
    server.info = undefined;
    server.greets = false;
    socket.terminate();
  });
  server.info = { protocol: 1, dedupe: { windowMs: 120_000, reachMs: 100 } };
  await using client = createClient({ url: server.url, backoff: QUICK });
  const late = client.produce.mutate({ topic: "a", data: 1 });
  await expect(late).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
  expect(client.connection.state).not.toBe("open");
});

test("that time ends when the timer for it comes early", async () => {
  const inTime = globalThis.setTimeout;
  const early = vi.spyOn(globalThis, "setTimeout");
  onTestFinished(() => early.mockRestore());
  early.mockImplementation((run: () => void, ms = 0) => inTime(run, ms - 10));
  await using server = await ScriptedServer.start((_, socket) => {
    server.greets = false;
    socket.terminate();
  });
  server.info = { protocol: 1, dedupe: { windowMs: 120_000, reachMs: 100 } };
  await using client = createClient({ url: server.url, backoff: QUICK });
  const late = client.produce.mutate({ topic: "a", data: 1 });
  await expect(late).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
});

test("a server that is shutting down is left, and the next one gets what it did not take", async () => {
  const store = storing();
  await using server = await ScriptedServer.start((message, socket) => {
    if (server.addresses.length > 1) {
      store(message, socket);
      return;
    }
    const results = eventsOf(message).map(({ topic, data }) =>
      data === 1
        ? { ok: true, topic, offset: 9, cursor: "aaaaaaaa-9", time: 1, duplicate: false }
        : { ok: false, error: { code: "SHUTTING_DOWN", message: "no" } },
    );
    answer(socket, message.id, { results });
    socket.close(1001, "SHUTTING_DOWN");
  });
  await using client = createClient({ url: server.url, backoff: QUICK });
  const errors: (string | undefined)[] = [];
  client.connection.subscribe(({ state, error }) => state === "waiting" && errors.push(error?.code));
  const receipts = await Promise.all([1, 2, 3].map((data) => client.produce.mutate({ topic: "a", data })));
  expect(receipts.map(({ offset }) => offset)).toEqual([9, 1, 2]);
  expect(errors).toEqual(["SHUTTING_DOWN"]);
});

test("an event that was sent and given up is not sent again", async () => {
  const store = storing();
  await using server = await ScriptedServer.start((message, socket) => {
    if (server.addresses.length > 1) store(message, socket);
  });
  await using client = createClient({ url: server.url, backoff: QUICK });
  const kept = client.produce.mutate({ topic: "a", data: "kept" });
  const given = client.produce.mutate({ topic: "a", data: "given up" }, { timeoutMs: 50 });
  await expect(given).rejects.toMatchObject({ code: "TIMEOUT" });
  server.cut();
  expect(await kept).toMatchObject({ offset: 1 });
  expect(server.calls.map((call) => eventsOf(call).map(({ data }) => data))).toEqual([
    ["kept", "given up"],
    ["kept"],
  ]);
});

test("with schemas data is checked before it is sent", async () => {
  await using server = await ScriptedServer.start(storing());
  await using client = createClient({ url: server.url, topics });
  const wrong = client.produce.mutate({ topic: "orders.created", data: { id: "o", total: "1" as never } });
  const error: unknown = await wrong.catch((cause: unknown) => cause);
  if (!isRtmsgError(error, "DATA_INVALID")) throw error;
  expect(error.details.issues?.[0]?.path).toEqual(["total"]);
  const { results } = await client.produceBatch.mutate({
    events: [
      { topic: "chat.lobby", data: { text: 1 as never } },
      { topic: "chat.lobby", data: { text: "hi" } },
      // Not declared here: that is for the server to say.
      { topic: "other" as never, data: 1 as never },
    ],
  });
  expect(results.map(({ ok }) => ok)).toEqual([false, true, true]);
  expect(server.calls.flatMap(eventsOf).map(({ topic }) => topic)).toEqual(["chat.lobby", "other"]);
});

test("a schema that takes its time does not change the order, and one that fails is the event's error", async () => {
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const slow = z.number().refine(async (n) => {
    if (n === 1) await finished;
    return n !== 2;
  });
  const failing = z.unknown().transform(() => {
    throw new Error("no database");
  });
  const declared = defineTopics({ slow, failing, quick: z.number() });
  await using server = await ScriptedServer.start(storing());
  await using client = createClient({ url: server.url, topics: declared });
  const calls = [
    client.produce.mutate({ topic: "slow", data: 1 }),
    client.produce.mutate({ topic: "slow", data: 2 }),
    client.produce.mutate({ topic: "failing", data: 3 }),
    client.produce.mutate({ topic: "quick", data: 4 }),
    client.produce.mutate({ topic: "quick", data: 5 }, { timeoutMs: 5 }).finally(finish),
  ];
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes).toMatchObject([
    { value: { offset: 1 } },
    { reason: { code: "DATA_INVALID" } },
    { reason: { code: "DATA_INVALID", cause: { message: "no database" } } },
    { value: { offset: 2 } },
    { reason: { code: "TIMEOUT" } },
  ]);
  expect(server.calls.flatMap(eventsOf).map(({ data }) => data)).toEqual([1, 4]);
});
