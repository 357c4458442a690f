import { createClient } from "@rtmsg/client";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { expect, test } from "vitest";
import { refuse, ScriptedServer } from "./support/scripted-server.js";
import { QUICK, setUp } from "./support/setup.js";
import { take } from "./support/take.js";
import { timers } from "./support/timers.js";
import { uncaughtDuring } from "./support/uncaught.js";
import { until } from "./support/until.js";

const ENDED = { done: true, value: undefined };

test("close ends the iterations and closes the socket", async () => {
  await using setup = await setUp();
  const { client, proxy, server } = setup;
  const waiting = client.subscribe({ topic: "logs.a" });
  const unread = client.subscribe({ topic: "logs.a" });
  const next = waiting.next();
  await until(() => server.broker.subscriberCount === 2);
  await client.produce.mutate({ topic: "logs.a", data: { n: 1 } });
  await next;
  const last = waiting.next();
  await client.close();
  expect(await last).toEqual(ENDED);
  expect(await unread.next()).toEqual(ENDED);
  await until(() => proxy.open === 0 && server.broker.subscriberCount === 0);
});

test("close ends a subscription that waits for its loop, or for another attempt", async () => {
  await using setup = await setUp({ maxBuffered: { events: 10 } });
  const { client, server } = setup;
  await Promise.all(
    Array.from({ length: 2_000 }, (_, n) => server.broker.produce({ topic: "logs.a", data: { n } })),
  );
  let seen = 0;
  for await (const { data } of client.subscribe({ topic: "logs.a", from: "earliest" })) {
    expect(data.n).toBe(seen++);
    await new Promise((resolve) => setTimeout(resolve, 1));
    // It is stopped by now, and taken up again when the loop has read more.
    if (seen === 5) await client.close();
  }
  expect(seen).toBe(5);

  await using refusing = await ScriptedServer.start(({ id, method }, socket) => {
    if (method === "subscription") refuse(socket, id, { code: "UNAVAILABLE" });
  });
  const other = createClient({ url: refusing.url, backoff: { baseMs: 60_000, maxMs: 60_000 } });
  const next = other.subscribe({ topic: "a" }).next();
  await until(() => refusing.calls.length === 1);
  await other.topics.list.query({}, { timeoutMs: 20 }).catch(() => undefined);
  await other.close();
  expect(await next).toEqual(ENDED);
  await until(() => timers() === 0);
});

test("what was under way, and was given up while the connection is away, leaves no timer behind", async () => {
  await using server = await ScriptedServer.start((_, socket) => {
    server.greets = false;
    socket.terminate();
  });
  const client = createClient({ url: server.url, backoff: QUICK });
  const produce = client.produce.mutate({ topic: "a", data: 1 }, { timeoutMs: 100 });
  await expect(produce).rejects.toMatchObject({ code: "TIMEOUT" });
  await client.close();
  await until(() => timers() === 0);
});

test("a callback that throws keeps close from nothing", async () => {
  await using setup = await setUp();
  const { client, proxy, server } = setup;
  await uncaughtDuring(async (uncaught) => {
    client.trpc.subscribe.subscribe(
      { topic: "logs.a" },
      {
        onError: () => {
          throw new Error("a bug");
        },
      },
    );
    const next = client.subscribe({ topic: "logs.a" }).next();
    await until(() => server.broker.subscriberCount === 2);
    await client.close();
    expect(await next).toEqual(ENDED);
    await until(() => proxy.open === 0 && uncaught.length === 1);
  });
});

test("a produce that fails at once leaves no timer behind", async () => {
  await using setup = await setUp();
  const { client } = setup;
  await client.close();
  const produce = client.produce.mutate({ topic: "logs.a", data: { n: 1 } }, { timeoutMs: 60_000 });
  await expect(produce).rejects.toMatchObject({ code: "CLOSED" });
  await until(() => timers() === 0);
});

test("calls that wait are rejected with CLOSED, and so is what comes later", async () => {
  await using setup = await setUp();
  const { client, proxy } = setup;
  await client.topics.list.query();
  proxy.isRefusing = true;
  proxy.cut();
  const event = { topic: "logs.a", data: { n: 1 } } as const;
  const calls = Promise.allSettled([client.produce.mutate(event), client.topics.list.query()]);
  await client.close();
  expect(await calls).toMatchObject([{ reason: { code: "CLOSED" } }, { reason: { code: "CLOSED" } }]);
  await expect(client.produce.mutate(event)).rejects.toMatchObject({ code: "CLOSED" });
  await expect(client.history.query({ topic: "logs.a" })).rejects.toMatchObject({ code: "CLOSED" });
  const subscription = client.subscribe({ topic: "logs.a" });
  await expect(subscription.next()).rejects.toMatchObject({ code: "CLOSED" });
  expect(await subscription.next()).toEqual(ENDED);
});

test("close may be called again, and before the connection is there", async () => {
  await using setup = await setUp();
  const { client, connect, proxy } = setup;
  await Promise.all([client.close(), client.close()]);
  const fresh = connect();
  const subscription = fresh.subscribe({ topic: "logs.a" });
  await fresh.close();
  expect(await subscription.next()).toEqual(ENDED);
  await until(() => proxy.open === 0);
});

test("await using closes the client", async () => {
  await using setup = await setUp();
  const subscription = await (async () => {
    await using client = setup.connect();
    const items = client.subscribe({ topic: "logs.a" });
    await client.produce.mutate({ topic: "logs.a", data: { n: 1 } });
    await take(items, 1);
    return items;
  })();
  expect(await subscription.next()).toEqual(ENDED);
});

test("close does not wait for a server that does not answer, nor for the next attempt", async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const client = createClient({ url, backoff: { baseMs: 1_000_000, maxMs: 1_000_000 } });
  const calls = Promise.allSettled([client.topics.list.query()]);
  await until(() => sockets.length === 1);
  const started = performance.now();
  await client.close();
  expect(await calls).toMatchObject([{ reason: { code: "CLOSED" } }]);
  expect(performance.now() - started).toBeLessThan(1_500);
  for (const socket of sockets) socket.destroy();
  silent.close();
});
