import { expect, test } from "vitest";
import { seededRandom } from "./support/random.js";
import { overEngines } from "./support/over-engines.js";
import { take } from "./support/take.js";
import { until } from "./support/until.js";

overEngines((setUp) => {
  test("a subscriber that is cut off before its first event misses none", async () => {
    await using setup = await setUp();
    const { client, proxy, server } = setup;
    const subscription = client.subscribe({ topic: "logs.a" });
    await until(() => server.broker.subscriberCount === 1);
    // The start mark is on its way; it is here when later calls are answered.
    for (let n = 0; n < 3; n++) await client.topics.list.query();
    proxy.isRefusing = true;
    proxy.cut();
    await until(() => server.broker.subscriberCount === 0);
    for (const n of [1, 2]) await server.broker.produce({ topic: "logs.a", data: { n } });
    proxy.isRefusing = false;
    await server.broker.produce({ topic: "logs.a", data: { n: 3 } });
    const events = await take(subscription, 3);
    expect(events.map(({ data }) => data.n)).toEqual([1, 2, 3]);
  });

  test("a subscriber that is cut off in the middle carries on after its last event", async () => {
    await using setup = await setUp();
    const { client, proxy, server } = setup;
    const subscription = client.subscribe({ topic: "logs.a", from: "earliest" });
    const seen: number[] = [];
    for (let n = 0; n < 10; n++) {
      await server.broker.produce({ topic: "logs.a", data: { n } });
      const [event] = await take(subscription, 1);
      seen.push(event!.data.n);
      proxy.cut();
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(proxy.connections).toBeGreaterThan(5);
  });

  test("what was received before the cut is yielded, though nobody had read it", async () => {
    await using setup = await setUp();
    const { client, proxy, server } = setup;
    const subscription = client.subscribe({ topic: "logs.a", from: "earliest" });
    await until(() => server.broker.subscriberCount === 1);
    for (let n = 0; n < 20; n++) {
      await server.broker.produce({ topic: "logs.a", data: { n } });
      if (n % 5 === 0) proxy.cut();
    }
    const events = await take(subscription, 20);
    expect(events.map(({ data }) => data.n)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  test.each([1, 2, 3])("each event once, in order, over 50 cuts at random bytes (seed %i)", async (seed) => {
    await using setup = await setUp();
    const { proxy, server, connect } = setup;
    const random = seededRandom(seed);
    const cuts = 50;
    // Every kind of moment: the upgrade, before the start mark, within a frame, after many events.
    proxy.allowance = () =>
      proxy.connections <= cuts ? Math.floor(random() ** 2 * 6_000) : Number.POSITIVE_INFINITY;
    const subscriptions = Array.from({ length: 3 }, () =>
      connect().subscribe({ topic: "logs.a", from: "earliest" }),
    );
    let produced = 0;
    const produce = async (): Promise<void> => {
      // New events for as long as there are cuts to come, so that the live phase is cut too.
      while (proxy.connections <= cuts || produced < 200) {
        await server.broker.produce({ topic: "logs.a", data: { n: produced++ } });
        if (produced % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    const [, ...seen] = await Promise.all([produce(), ...subscriptions.map((items) => take(items, 200))]);
    for (const [index, subscription] of subscriptions.entries()) {
      const rest = await take(subscription, produced - 200);
      const numbers = [...seen[index]!, ...rest].map(({ data }) => data.n);
      expect(numbers).toEqual(Array.from({ length: produced }, (_, n) => n));
    }
    expect(proxy.connections).toBeGreaterThan(cuts);
  });

  test("marks are not repeated after a cut", async () => {
    await using setup = await setUp();
    const { client, proxy, server } = setup;
    const subscription = client.subscribe({ topic: "logs.a", marks: true });
    await take(subscription, 2);
    proxy.cut();
    await until(() => proxy.connections === 2 && server.broker.subscriberCount === 1);
    await server.broker.produce({ topic: "logs.a", data: { n: 1 } });
    const [item] = await take(subscription, 1);
    expect(item).toMatchObject({ data: { n: 1 } });
  });

  test("a replay until now that is cut off ends all the same, and is complete", async () => {
    await using setup = await setUp();
    const { proxy, server, connect } = setup;
    const count = 3_000;
    for (let n = 0; n < count; n++) await server.broker.produce({ topic: "logs.a", data: { n } });
    let cuts = 0;
    proxy.allowance = () => (cuts++ < 5 ? 40_000 * cuts : Number.POSITIVE_INFINITY);
    const seen: number[] = [];
    const replay = connect().subscribe({ topic: "logs.a", from: "earliest", until: "now" });
    for await (const { data } of replay) seen.push(data.n);
    expect(seen).toEqual(Array.from({ length: count }, (_, n) => n));
    expect(cuts).toBeGreaterThan(2);
  });

  test("more subscriptions than the server takes in one frame are all resumed", async () => {
    const count = 1_200;
    await using setup = await setUp(
      {},
      { limits: { callsPerBatch: 500, subscriptionsPerConnection: count } },
    );
    const { client, proxy, server } = setup;
    const subscriptions = Array.from({ length: count }, (_, index) =>
      client.subscribe({ topic: `logs.${index}`, from: "earliest" }),
    );
    await until(() => server.broker.subscriberCount === count);
    proxy.cut();
    await until(() => server.broker.subscriberCount === 0);
    await until(() => server.broker.subscriberCount === count);
    for (const [n, subscription] of subscriptions.entries()) {
      if (n % 100 !== 0) continue;
      await server.broker.produce({ topic: `logs.${n}`, data: { n } });
      const [event] = await take(subscription, 1);
      expect(event?.data.n).toBe(n);
    }
  });

  test("a connection that goes silent is given up, and resumed", async () => {
    await using setup = await setUp({ keepAlive: { intervalMs: 20, pongTimeoutMs: 20 } });
    const { client, proxy, server } = setup;
    const subscription = client.subscribe({ topic: "logs.a", from: "earliest" });
    await until(() => server.broker.subscriberCount === 1);
    proxy.freeze();
    await server.broker.produce({ topic: "logs.a", data: { n: 1 } });
    const [event] = await take(subscription, 1);
    expect(event?.data.n).toBe(1);
    expect(proxy.connections).toBeGreaterThan(1);
  });
});
