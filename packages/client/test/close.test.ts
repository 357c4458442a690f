import { createClient } from "@rtmsg/client";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { expect, test } from "vitest";
import { setUp } from "./support/setup.js";
import { take } from "./support/take.js";
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

test("a produce that fails at once leaves no timer behind", async () => {
  await using setup = await setUp();
  const { client } = setup;
  await client.close();
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const produce = client.produce.mutate({ topic: "logs.a", data: { n: 1 } }, { timeoutMs: 60_000 });
  await expect(produce).rejects.toMatchObject({ code: "CLOSED" });
  expect(timers()).toBe(before);
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
