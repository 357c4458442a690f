import type { createClient } from "@rtmsg/client";
import { expect, test, vi } from "vitest";
import { overEngines } from "./support/over-engines.js";
import { until } from "./support/until.js";

overEngines((setUp) => {
  test("calls of one turn travel together, each with its own receipt or error", async () => {
    await using setup = await setUp();
    const { client, server } = setup;
    const accepted = vi.spyOn(server.broker, "acceptBatch");
    const order = (total: unknown): Promise<unknown> =>
      client.produce.mutate({ topic: "orders.created", data: { id: "o", total: total as number } });
    const outcomes = await Promise.allSettled([
      order(1),
      order("two"),
      Promise.resolve().then(() => order(3)),
    ]);
    expect(outcomes).toMatchObject([
      { value: { topic: "orders.created", offset: 1 } },
      { reason: { code: "DATA_INVALID" } },
      { value: { offset: 2 } },
    ]);
    expect(accepted).toHaveBeenCalledOnce();
  });

  test("dates, and objects that are held twice, arrive as they were produced", async () => {
    await using setup = await setUp({}, { undeclaredTopics: "allow" });
    const client = setup.client as unknown as ReturnType<typeof createClient>;
    const shared = { at: new Date(5) };
    const values = [
      { a: shared, b: shared, set: new Set([1n]) },
      "plain",
      new Date(6),
      undefined,
      [shared, shared],
    ];
    await Promise.all(
      values.map((data) => client.produce.mutate({ topic: "any.thing", data, headers: { h: "1" } })),
    );
    const { events } = await client.history.query({ topic: "any.thing" });
    expect(events.map(({ data }) => data)).toEqual(values);
    const first = events[0] as { readonly data: { readonly a: unknown; readonly b: unknown } };
    expect(first.data.a).toBe(first.data.b);
  });

  test("what was under way when the connection broke is sent again, and stored once, in order", async () => {
    await using setup = await setUp();
    const { client, proxy, server } = setup;
    const receipts = [];
    for (let n = 0; n < 300; n++) {
      receipts.push(client.produce.mutate({ topic: "logs.a", data: { n } }));
      // Some calls are answered before the next cut, and some are not.
      if (n % 7 === 0) await receipts[n - 3];
      if (n % 30 === 29) proxy.cut();
    }
    const all = await Promise.all(receipts);
    expect(proxy.connections).toBeGreaterThan(5);
    expect(all.every(({ duplicate }) => !duplicate)).toBe(true);
    const { events } = await server.broker.history({ topic: "logs.a", limit: 1_000 });
    expect(events.map(({ data }) => data.n)).toEqual(receipts.map((_, n) => n));
  });

  test("without a connection calls wait in their order, up to maxQueued", async () => {
    await using setup = await setUp({ maxQueued: { calls: 3 } });
    const { client, proxy, server } = setup;
    await client.topics.list.query();
    proxy.isRefusing = true;
    proxy.cut();
    await until(() => client.connection.state === "waiting");
    const produce = (n: number): Promise<{ offset: number }> =>
      client.produce.mutate({ topic: "logs.a", data: { n } });
    const waiting = [produce(1), produce(2), client.topics.list.query()];
    await expect(produce(3)).rejects.toMatchObject({ code: "QUEUE_FULL" });
    await expect(client.topics.list.query()).rejects.toMatchObject({ code: "QUEUE_FULL" });
    proxy.isRefusing = false;
    await Promise.all(waiting);
    // There is room again.
    await produce(3);
    const { events } = await server.broker.history({ topic: "logs.a" });
    expect(events.map(({ data }) => data.n)).toEqual([1, 2, 3]);
  });

  test("maxQueued holds in bytes too, and one call always fits", async () => {
    await using setup = await setUp({ maxQueued: { bytes: 1_000 } });
    const { client } = setup;
    const produce = (size: number): Promise<unknown> =>
      client.produce.mutate({ topic: "logs.a", data: { n: 1, text: "x".repeat(size) } });
    await produce(5_000);
    const outcomes = await Promise.allSettled([produce(500), produce(500)]);
    expect(outcomes).toMatchObject([{ status: "fulfilled" }, { reason: { code: "QUEUE_FULL" } }]);
  });

  test("a call that is given up fails with TIMEOUT, sent or not, and frees its place", async () => {
    await using setup = await setUp({ lazy: true, maxQueued: { calls: 2 } });
    const { client, proxy, server } = setup;
    proxy.isRefusing = true;
    const aborted = new AbortController();
    const event = { topic: "logs.a", data: { n: 1 } } as const;
    const calls = Promise.allSettled([
      client.produce.mutate(event, { timeoutMs: 20 }),
      client.topics.list.query({}, { signal: aborted.signal }),
    ]);
    aborted.abort(new Error("enough"));
    const [late, stopped] = await calls;
    expect(late).toMatchObject({ reason: { code: "TIMEOUT" } });
    expect(stopped).toMatchObject({ reason: { code: "TIMEOUT", cause: { message: "enough" } } });
    await expect(client.produce.mutate(event, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "TIMEOUT",
    });
    await expect(client.produce.mutate(event, { timeoutMs: -1 })).rejects.toMatchObject({
      code: "INPUT_INVALID",
    });
    const kept = [2, 3].map((n) =>
      client.produce.mutate({ topic: "logs.a", data: { n } }, { timeoutMs: 2 ** 40 }),
    );
    proxy.isRefusing = false;
    await Promise.all(kept);
    const { events } = await server.broker.history({ topic: "logs.a" });
    expect(events.map(({ data }) => data.n)).toEqual([2, 3]);
  });

  test("a batch may have any number of events, and is stored in its order", async () => {
    await using setup = await setUp();
    const { client, server } = setup;
    const events = Array.from({ length: 2_345 }, (_, n) => ({ topic: "logs.a" as const, data: { n } }));
    const { results } = await client.produceBatch.mutate({ events }, { timeoutMs: 20_000 });
    expect(results.map((result) => result.ok && result.offset)).toEqual(events.map((_, n) => n + 1));
    const { events: last } = await server.broker.history({ topic: "logs.a", from: { last: 1 } });
    expect(last[0]?.data.n).toBe(2_344);
  });
});
