import { expect, test } from "vitest";
import { overEngines } from "./support/over-engines.js";
import { take } from "./support/take.js";

overEngines((setUp) => {
  test("a handle produces to its topic, and reads it", async () => {
    await using setup = await setUp();
    const { client } = setup;
    const orders = client.topic("orders.created");
    expect(orders.name).toBe("orders.created");
    const live = orders.subscribe();
    const order = { id: "o-1", total: 12 };
    const receipt = await orders.produce(order, {
      id: "o-1",
      key: "k",
      headers: { a: "b" },
      timeoutMs: 20_000,
    });
    expect(await orders.produce(order, { id: "o-1", key: "k", headers: { a: "b" } })).toEqual({
      ...receipt,
      duplicate: true,
    });
    await expect(orders.produce(order, { expectedOffset: 7 })).rejects.toMatchObject({
      code: "OFFSET_MISMATCH",
    });
    const [event] = await take(live, 1);
    expect(event).toMatchObject({ id: "o-1", key: "k", headers: { a: "b" }, data: order });
    expect(await orders.info()).toMatchObject({ topic: "orders.created", count: 1 });
    await expect(orders.info({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "TIMEOUT" });
    const items = [];
    for await (const item of orders.subscribe({ from: "earliest", until: "now", caughtUp: true }))
      items.push(item);
    expect(items).toMatchObject([{ data: order }, { type: "caughtUp" }]);
  });

  test("its history goes page by page to the log's end, and each page is asked for when it is wanted", async () => {
    await using setup = await setUp();
    const { client } = setup;
    const log = client.topic("logs.a");
    const none = [];
    for await (const page of log.history()) none.push(page);
    expect(none).toEqual([]);
    const events = Array.from({ length: 25 }, (_, n) => ({ topic: "logs.a" as const, data: { n } }));
    await client.produceBatch.mutate({ events });
    const sizes: number[] = [];
    const seen: number[] = [];
    for await (const page of log.history({ limit: 10 })) {
      sizes.push(page.events.length);
      for (const { data } of page.events) seen.push(data.n);
    }
    expect(sizes).toEqual([10, 10, 5]);
    expect(seen).toEqual(events.map(({ data }) => data.n));
    const last = await log.history({ from: { last: 3 } }).next();
    expect(last.value?.events.map(({ data }) => data.n)).toEqual([22, 23, 24]);
    const gone = log.history({ from: { cursor: "aaaaaaaa-1" } });
    await expect(gone.next()).rejects.toMatchObject({ code: "GAP" });
  });
});
