import { startTestServer } from "@rtmsg/server/testing";
import { expect, test } from "vitest";
import { createClient } from "@rtmsg/client";
import { answer, refuse, ScriptedServer, type ClientMessage } from "./support/scripted-server.js";
import { until } from "./support/until.js";

/** The data of a call's events. */
const dataOf = (message: ClientMessage): unknown[] =>
  (message.params as { input: { json: { events: { data: unknown }[] } } }).input.json.events.map(
    ({ data }) => data,
  );

const receipts = (count: number): object[] =>
  Array.from({ length: count }, () => ({
    ok: true,
    topic: "t",
    offset: 1,
    cursor: "abcdefgh-1",
    time: 1,
    duplicate: false,
  }));

test("sends what came too fast once more, in order, and nothing after it before", async () => {
  let closedUntil: number | undefined;
  let refusals = 0;
  const taken: unknown[] = [];
  await using server = await ScriptedServer.start((message, socket) => {
    if (message.params?.path !== "produceBatch") return;
    // As servers do: while one has to wait, all do.
    closedUntil ??= performance.now() + 100;
    const retryAfterMs = Math.ceil(closedUntil - performance.now());
    if (retryAfterMs > 0) {
      refusals++;
      refuse(socket, message.id, { code: "RATE_LIMITED", retryAfterMs });
      return;
    }
    const data = dataOf(message);
    taken.push(...data);
    answer(socket, message.id, { results: receipts(data.length) });
  });
  await using client = createClient({ url: server.url });
  const produced: Promise<unknown>[] = [];
  for (let data = 0; data < 6; data++) {
    produced.push(client.produce.mutate({ topic: "t", data }));
    // Calls of their own: some are refused, and some wait.
    await new Promise((resolve) => setImmediate(resolve));
    if (data === 3) await until(() => refusals > 0);
  }
  await Promise.all(produced);
  expect(taken).toEqual([0, 1, 2, 3, 4, 5]);
  expect(refusals).toBeGreaterThan(0);
});

test("what waits to be sent does not overtake what came too fast", async () => {
  let refusals = 0;
  const taken: unknown[] = [];
  await using server = await ScriptedServer.start((message, socket) => {
    if (message.params?.path !== "produceBatch") return;
    const data = dataOf(message).map((text) => String(text).trim());
    // Only what is under way with the first is refused: what comes later would be taken.
    if (refusals < 10) {
      refusals++;
      refuse(socket, message.id, { code: "RATE_LIMITED", retryAfterMs: 40 });
      return;
    }
    taken.push(...data);
    answer(socket, message.id, { results: receipts(data.length) });
  });
  await using client = createClient({ url: server.url });
  // More than is under way at a time.
  const numbers = Array.from({ length: 24 }, (_, n) => String(n));
  await Promise.all(numbers.map((n) => client.produce.mutate({ topic: "t", data: n.padEnd(450_000) })));
  expect(taken).toEqual(numbers);
});

test("sends those events of a batch once more that were refused alone", async () => {
  let calls = 0;
  await using server = await ScriptedServer.start((message, socket) => {
    if (message.params?.path !== "produceBatch") return;
    const data = dataOf(message);
    const refused = { ok: false, error: { code: "RATE_LIMITED", message: "no", retryAfterMs: 1 } };
    const results = receipts(data.length);
    if (calls++ === 0) results[1] = refused;
    else expect(data).toEqual([1]);
    answer(socket, message.id, { results });
  });
  await using client = createClient({ url: server.url });
  const events = [0, 1, 2].map((data) => ({ topic: "t", data }));
  const { results } = await client.produceBatch.mutate({ events });
  expect(results.map(({ ok }) => ok)).toEqual([true, true, true]);
  expect(calls).toBe(2);
});

test("gives up at once where the wait is too long, or the caller's patience or the client ends", async () => {
  let retryAfterMs = 60_000;
  await using server = await ScriptedServer.start((message, socket) => {
    if (message.params?.path === "produceBatch")
      refuse(socket, message.id, { code: "RATE_LIMITED", retryAfterMs });
  });
  const client = createClient({ url: server.url });
  const produce = (options?: { timeoutMs?: number }): Promise<unknown> =>
    client.produce.mutate({ topic: "t", data: 1 }, options).then(
      () => "stored",
      (error: unknown) => error,
    );
  expect(await produce()).toMatchObject({ code: "RATE_LIMITED", details: { retryAfterMs: 60_000 } });
  retryAfterMs = 29_000;
  expect(await produce({ timeoutMs: 50 })).toMatchObject({ code: "TIMEOUT" });
  const waiting = produce();
  await until(() => server.callsOf("produceBatch").length >= 2);
  await client.close();
  expect(await waiting).toMatchObject({ code: "CLOSED" });
});

test("produces more than a server takes at once, and all of it is stored once", async () => {
  await using server = await startTestServer({ limits: { eventsPerSecond: 1_000 } });
  await using client = createClient({ url: server.url });
  const count = 2_500;
  const produced = Array.from({ length: count }, (_, data) => client.produce.mutate({ topic: "t", data }));
  const offsets = (await Promise.all(produced)).map(({ offset }) => offset);
  expect(offsets.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  const metrics = (await server.metrics()).text;
  expect(metrics).toMatch(/rtmsg_refusals_total\{code="RATE_LIMITED"\} [1-9]/);
});
