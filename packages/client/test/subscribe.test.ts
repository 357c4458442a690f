import { expect, test } from "vitest";
import { overEngines } from "./support/over-engines.js";
import { take } from "./support/take.js";
import { until } from "./support/until.js";

overEngines((setUp) => {
  test("two subscribers and a late one see the same events in the same order", async () => {
    await using setup = await setUp();
    const { client, connect } = setup;
    const count = 300;
    const early = [client.subscribe({ topic: "orders.*" }), connect().subscribe({ topic: ">" })];
    // The second client's subscription has to be there before the events.
    await until(() => setup.server.broker.subscriberCount === 2);
    const produced = Array.from({ length: count }, (_, index) =>
      index % 2 === 0
        ? client.produce.mutate({ topic: "orders.created", data: { id: "o", total: index } })
        : client.produce.mutate({ topic: "orders.shipped", data: { id: "o", carrier: String(index) } }),
    );
    const offsets = (await Promise.all(produced)).map(({ offset }) => offset);
    const late = connect().subscribe({ topic: "orders.*", from: "earliest" });
    for (const subscription of [...early, late]) {
      const events = await take(subscription, count);
      expect(events.map(({ offset }) => offset)).toEqual(offsets);
    }
  });

  test("a subscription starts where it is asked to", async () => {
    await using setup = await setUp();
    const { client } = setup;
    const receipts = [];
    for (const n of [1, 2, 3, 4])
      receipts.push(await client.produce.mutate({ topic: "logs.a", data: { n } }));
    const second = receipts[1]!;
    const starts = [
      ["earliest", [1, 2, 3, 4]],
      ["latest", []],
      [{ cursor: second.cursor }, [3, 4]],
      [{ offset: second.offset }, [3, 4]],
      [{ time: 0 }, [1, 2, 3, 4]],
      [{ last: 1 }, [4]],
    ] as const;
    for (const [from, expected] of starts) {
      const seen: number[] = [];
      for await (const { data } of client.subscribe({ topic: "logs.a", from, until: "now" }))
        seen.push(data.n);
      expect({ from, seen }).toEqual({ from, seen: expected });
    }
  });

  test("it is sent when subscribe is called, not when the loop starts", async () => {
    await using setup = await setUp();
    const { client } = setup;
    const subscription = client.subscribe({ topic: "logs.a" });
    await client.produce.mutate({ topic: "logs.a", data: { n: 1 } });
    await client.produce.mutate({ topic: "logs.a", data: { n: 2 } });
    const events = await take(subscription, 2);
    expect(events.map(({ data }) => data.n)).toEqual([1, 2]);
  });

  test("marks are there when asked for, and only then", async () => {
    await using setup = await setUp();
    const { client } = setup;
    const { cursor } = await client.produce.mutate({ topic: "logs.a", data: { n: 1 } });
    const options = { topic: "logs.a", from: "earliest", until: "now" } as const;
    const marked = [];
    for await (const item of client.subscribe({ ...options, marks: true })) {
      marked.push("type" in item ? item : item.data.n);
    }
    const start = `${setup.server.broker.epoch}-0`;
    expect(marked).toEqual([{ type: "start", cursor: start, end: cursor }, 1, { type: "caughtUp", cursor }]);
    const plain = [];
    for await (const { data } of client.subscribe(options)) plain.push(data.n);
    expect(plain).toEqual([1]);
  });

  test("a topic with no events until now ends at once", async () => {
    await using setup = await setUp();
    const subscription = setup.client.subscribe({ topic: "logs.none", from: "earliest", until: "now" });
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
  });

  test("break ends the subscription on the server too", async () => {
    await using setup = await setUp();
    const { client, server } = setup;
    await client.produce.mutate({ topic: "logs.a", data: { n: 1 } });
    const subscription = client.subscribe({ topic: "logs.a", from: "earliest" });
    for await (const { data } of subscription) {
      expect(data.n).toBe(1);
      break;
    }
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
    await until(() => server.broker.subscriberCount === 0);
  });

  test("return ends a reader that waits, and a subscription that was never read", async () => {
    await using setup = await setUp();
    const { client, server } = setup;
    const read = client.subscribe({ topic: "logs.a" });
    const unread = client.subscribe({ topic: "logs.b" });
    const waiting = [read.next(), read.next()];
    await until(() => server.broker.subscriberCount === 2);
    await read.return?.();
    await unread.return?.();
    expect(await Promise.all(waiting)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    await until(() => server.broker.subscriberCount === 0);
  });

  test("an AbortSignal ends the loop without an error", async () => {
    await using setup = await setUp();
    const { client, server } = setup;
    const controller = new AbortController();
    const seen: number[] = [];
    const loop = (async () => {
      for await (const { data } of client.subscribe({ topic: "logs.a", signal: controller.signal })) {
        seen.push(data.n);
        if (data.n === 2) controller.abort();
      }
    })();
    for (const n of [1, 2, 3]) await client.produce.mutate({ topic: "logs.a", data: { n } });
    await loop;
    expect(seen).toEqual([1, 2]);
    await until(() => server.broker.subscriberCount === 0);
  });

  test("a signal that is aborted already never sends the subscription", async () => {
    await using setup = await setUp();
    const subscription = setup.client.subscribe({ topic: "logs.a", signal: AbortSignal.abort() });
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
    await setup.client.produce.mutate({ topic: "logs.a", data: { n: 1 } });
    expect(setup.server.broker.subscriberCount).toBe(0);
  });

  test("calls of next that do not wait for each other are answered in their order", async () => {
    await using setup = await setUp();
    const { client } = setup;
    const subscription = client.subscribe({ topic: "logs.a" });
    const nexts = [subscription.next(), subscription.next(), subscription.next()];
    for (const n of [1, 2, 3]) await client.produce.mutate({ topic: "logs.a", data: { n } });
    const results = await Promise.all(nexts);
    expect(results.map(({ value }) => value?.data.n)).toEqual([1, 2, 3]);
  });
});
