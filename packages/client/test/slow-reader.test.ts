import { expect, test, vi } from "vitest";
import { setUp } from "./support/setup.js";
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
