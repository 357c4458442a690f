import { expect, test, vi } from "vitest";
import { setUp } from "./support/setup.js";
import { take } from "./support/take.js";
import { until } from "./support/until.js";

test("a slow loop gets every event once, and what it has not read stays on the server", async () => {
  const count = 20_000;
  await using setup = await setUp({ maxBuffered: { events: 100 } });
  const { client, proxy, server } = setup;
  const text = "x".repeat(500);
  for (let n = 0; n < count; n += 500) {
    const batch = Array.from({ length: 500 }, (_, index) => ({
      topic: "logs.a" as const,
      data: { n: n + index, text },
    }));
    await server.broker.produceBatch(batch);
  }
  const subscription = client.subscribe({ topic: "logs.a", from: "earliest" });
  // Nobody reads: the subscription is stopped after the first frame that is too many.
  await until(() => server.broker.subscriberCount === 1);
  await until(() => server.broker.subscriberCount === 0);
  const received = await settled(() => proxy.received);
  expect(received).toBeLessThan((count * text.length) / 2);
  let next = 0;
  for await (const { data } of subscription) {
    expect(data.n).toBe(next++);
    if (next === count) break;
    // A body that takes longer now and then, so that the subscription is stopped and taken up again.
    if (next % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

test("the bound holds in bytes too", async () => {
  await using setup = await setUp({ maxBuffered: { bytes: 10_000 } });
  const { client, server } = setup;
  const text = "x".repeat(9_000);
  const subscription = client.subscribe({ topic: "logs.a" });
  await until(() => server.broker.subscriberCount === 1);
  for (let n = 0; n < 100; n++) {
    await client.produce.mutate({ topic: "logs.a", data: { n, text } });
  }
  await until(() => server.broker.subscriberCount === 0);
  let next = 0;
  for await (const { data } of subscription) {
    expect(data.n).toBe(next++);
    if (next === 100) break;
  }
});

test("what is on its way to a loop that awaits is not sent again and again", async () => {
  const count = 30_000;
  await using setup = await setUp();
  const { client, proxy, server } = setup;
  const text = "x".repeat(100);
  for (let n = 0; n < count; n += 1_000) {
    const events = Array.from({ length: 1_000 }, (_, index) => ({
      topic: "logs.a" as const,
      data: { n: n + index, text },
    }));
    await server.broker.produceBatch(events);
  }
  const read = async (body: () => unknown): Promise<number> => {
    const before = proxy.received;
    let next = 0;
    for await (const { data } of client.subscribe({ topic: "logs.a", from: "earliest", until: "now" })) {
      expect(data.n).toBe(next++);
      await body();
    }
    expect(next).toBe(count);
    return proxy.received - before;
  };
  const once = await read(() => undefined);
  const slowly = await read(() => new Promise((resolve) => setImmediate(resolve)));
  // What is in the buffers of sockets when it is stopped first comes again, and no more.
  expect(slowly).toBeLessThan(once * 1.75);
});

test("a loop until now ends where the log ended when it began, however slow it is", async () => {
  await using setup = await setUp({ maxBuffered: { events: 10 } });
  const { client, proxy, server } = setup;
  const produce = (n: number) => server.broker.produce({ topic: "logs.a", data: { n } });
  const count = 3_000;
  const produced = await Promise.all(Array.from({ length: count }, (_, n) => produce(n)));
  const options = { topic: "logs.a", from: "earliest", until: "now", caughtUp: true } as const;
  const seen: (number | string)[] = [];
  for await (const item of client.subscribe(options)) {
    seen.push("type" in item ? `${item.type} ${item.cursor}` : item.data.n);
    // The log grows as fast as the loop reads.
    await produce(count + seen.length);
    if (seen.length % 500 === 0) proxy.cut();
  }
  const numbers = Array.from({ length: count }, (_, n) => n);
  expect(seen).toEqual([...numbers, `caughtUp ${produced.at(-1)!.cursor}`]);
});

test("a buffer may be without bounds", async () => {
  await using setup = await setUp({ maxBuffered: { events: Infinity, bytes: Infinity } });
  const { client, server } = setup;
  await server.broker.produce({ topic: "logs.a", data: { n: 1 } });
  const events = await take(client.subscribe({ topic: "logs.a", from: "earliest" }), 1);
  expect(events).toHaveLength(1);
});

test("a loop that keeps up is not stopped", async () => {
  await using setup = await setUp();
  const { client, proxy, server } = setup;
  const count = 30_000;
  const opened = vi.spyOn(server.broker, "openSubscription");
  const subscription = client.subscribe({ topic: "logs.a" });
  await until(() => server.broker.subscriberCount === 1);
  const reading = (async () => {
    let seen = 0;
    for await (const { data } of subscription) {
      expect(data.n).toBe(seen++);
      if (seen === count) break;
    }
  })();
  for (let n = 0; n < count; n += 1_000) {
    const batch = Array.from({ length: 1_000 }, (_, index) => ({
      topic: "logs.a" as const,
      data: { n: n + index },
    }));
    await server.broker.produceBatch(batch);
  }
  await reading;
  expect(opened).toHaveBeenCalledOnce();
  expect(proxy.connections).toBe(1);
});

/** Waits until a number has not changed for a while. */
async function settled(read: () => number): Promise<number> {
  let value = -1;
  while (value !== read()) {
    value = read();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return value;
}
