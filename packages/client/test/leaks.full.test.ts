import { createClient } from "@rtmsg/client";
import { setMaxListeners } from "node:events";
import { expect, test } from "vitest";
import { heapUsed } from "./support/heap.js";
import { answer, ScriptedServer } from "./support/scripted-server.js";
import { QUICK, setUp } from "./support/setup.js";
import { take } from "./support/take.js";
import { until } from "./support/until.js";

/** What a heap may differ by after work that leaves nothing behind, in bytes. */
const NOISE = 1_500_000;

/** How the heap has grown over so many rounds, after as many that warm up. */
async function growth(rounds: number, round: (index: number) => Promise<void>): Promise<number> {
  for (let index = 0; index < rounds; index++) await round(index);
  const before = await heapUsed();
  for (let index = 0; index < rounds; index++) await round(index);
  return (await heapUsed()) - before;
}

/** A server that runs every subscription, and answers nothing else. */
function subscribing(): Promise<ScriptedServer> {
  const server = ScriptedServer.start(({ id, method }, socket) => {
    if (method === "subscription") {
      socket.send(JSON.stringify({ id, result: { type: "started" } }));
      const mark = { type: "start", cursor: "aaaaaaaa-0" };
      answer(socket, id, { id: mark.cursor, data: [mark] });
    } else if (method === "subscription.stop") {
      socket.send(JSON.stringify({ id, result: { type: "stopped" } }));
    }
  });
  return server;
}

test("10,000 subscriptions that come and go leave nothing behind", async () => {
  await using server = await subscribing();
  await using client = createClient({ url: server.url });
  const { signal } = new AbortController();
  const grown = await growth(5_000, async (index) => {
    const subscription = client.subscribe({ topic: "a", marks: true, signal });
    // Some are ended before they are sent, some while they are waited for, most when they run.
    if (index % 3 === 0) await subscription.return?.();
    else if (index % 3 === 1) {
      const next = subscription.next();
      await subscription.return?.();
      expect(await next).toEqual({ done: true, value: undefined });
    } else {
      await take(subscription, 1);
      await subscription.return?.();
    }
    server.calls.length = 0;
  });
  expect(grown).toBeLessThan(NOISE);
});

test("1,000 reconnects leave nothing behind, with a subscription and calls all along", async () => {
  await using setup = await setUp({ backoff: { baseMs: 0.01, maxMs: 0.01 } });
  const { client, proxy, server } = setup;
  const subscription = client.subscribe({ topic: "logs.a", from: "latest" });
  const { signal } = new AbortController();
  const grown = await growth(500, async (n) => {
    const produced = client.produce.mutate({ topic: "logs.a", data: { n } }, { signal, timeoutMs: 60_000 });
    proxy.cut();
    const before = proxy.connections;
    await until(() => proxy.connections > before || client.connection.state === "open");
    await produced;
    const [event] = await take(subscription, 1);
    expect(event?.data.n).toBe(n);
  });
  expect(proxy.connections).toBeGreaterThan(900);
  // The server is in this process, and keeps the events.
  expect(grown).toBeLessThan(NOISE + 500 * 1_000);
  await until(() => server.broker.subscriberCount === 1);
});

test("calls that are given up in an outage leave nothing behind", async () => {
  await using server = await subscribing();
  server.greets = false;
  await using client = createClient({ url: server.url, backoff: QUICK });
  const grown = await growth(20, async () => {
    const controller = new AbortController();
    // One signal for all of them is meant.
    setMaxListeners(0, controller.signal);
    const calls = Array.from({ length: 500 }, (_, n) =>
      client.produce.mutate({ topic: "a", data: "x".repeat(n) }, { signal: controller.signal }),
    );
    const settled = Promise.allSettled([
      ...calls,
      client.topics.list.query({}, { signal: controller.signal }),
    ]);
    await new Promise(setImmediate);
    controller.abort();
    expect((await settled).every(({ status }) => status === "rejected")).toBe(true);
  });
  expect(grown).toBeLessThan(NOISE);
});
