import { createClient } from "@rtmsg/client";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import type { BrokerStats } from "../../src/protocol/admin.js";
import { defineTopics } from "../../src/topics/index.js";
import { openPlain, openStream, produce } from "../support/plain.js";
import { serve } from "../support/serve.js";
import { collect, failureOf, stockHttpClient, stockSocketClient } from "../support/stock-client.js";
import { until } from "../support/until.js";

describe("admin.stats", () => {
  test("tells what was produced and delivered, how fast, and how long commits took", async () => {
    const { url, broker } = await serve();
    const { trpc } = stockSocketClient(url);
    const collected = collect(trpc, { topic: "t" });
    await until(() => broker.progress.live === 1, "it is live");
    const first = await trpc.admin.stats.query();
    expect(first.commits).toMatchObject({ total: 0, p50Ms: null, p99Ms: null, meanEvents: null });
    for (let index = 0; index < 10; index++) await trpc.produce.mutate({ topic: "t", data: index });
    await failureOf(trpc.produce.mutate({ topic: "no good", data: 1 }));
    await collected.reach(10);
    let stats: BrokerStats = first;
    await until(async () => (stats = await trpc.admin.stats.query()).produced.total === 10, "it is counted");
    expect(stats).toMatchObject({
      server: { engine: "memory", durability: "memory", epoch: broker.epoch },
      delivered: { total: 10 },
      duplicates: { total: 0, perSecond: 0 },
      refusals: { total: 1, byCode: { TOPIC_INVALID: 1 } },
      commits: { total: 10, meanEvents: 1 },
      connections: { total: 1, byTransport: { trpc: 1 } },
      subscriptions: { live: 1, catchingUp: 0, lag: 0, maxLag: 0 },
      log: { events: 10, topics: 1, fileBytes: null },
    });
    // About a second: clocks and timers differ by some ms, more on a busy machine.
    expect(stats.intervalMs).toBeGreaterThan(500);
    expect(stats.produced.perSecond).toBeCloseTo(10_000 / stats.intervalMs, 0);
    expect(stats.commits.p50Ms).toBeGreaterThan(0);
    expect(stats.commits.p99Ms).toBeGreaterThanOrEqual(stats.commits.p50Ms ?? 0);
    expect(stats.receivedBytes.total).toBeGreaterThan(first.receivedBytes.total);
    expect(stats.process.residentBytes).toBeGreaterThan(0);
  });

  test("is the same for all who ask within a second", async () => {
    const { url } = await serve();
    const { trpc } = stockSocketClient(url);
    const [one, other] = await Promise.all([trpc.admin.stats.query(), trpc.admin.stats.query()]);
    expect(other).toEqual(one);
  });

  test.each(["a socket", "an event stream"])(
    "is yielded every second by admin.watch, over %s",
    async (over) => {
      const { url } = await serve();
      const trpc = over === "a socket" ? stockSocketClient(url).trpc : stockHttpClient(url);
      const seen: number[] = [];
      const watching = trpc.admin.watch.subscribe(undefined, { onData: ({ time }) => seen.push(time) });
      onTestFinished(() => watching.unsubscribe());
      await until(() => seen.length >= 2, "it is yielded again");
      expect(seen[1]).toBeGreaterThan(seen[0] as number);
    },
  );
});

describe("admin.connections", () => {
  test("tells who is connected, over what, and how far their subscriptions are", async () => {
    const { url, broker } = await serve();
    for (let data = 0; data < 3; data++) await broker.produce({ topic: "t", data });
    const { trpc } = stockSocketClient(url);
    collect(trpc, { topic: "t" });
    collect(trpc, { topic: "x.*" });
    collect(stockHttpClient(url), { topic: "t" });
    await openPlain(url, "/subscribe/t");
    await openStream(url, "/subscribe/t");
    await until(() => broker.progress.live === 5, "all are live");
    const { connections, next } = await trpc.admin.connections.query();
    expect(next).toBeNull();
    const live = (topic: string) => ({ topic, phase: "live", lag: 0 });
    const subscriptionsOf = new Map(connections.map((one) => [one.transport, one.subscriptions]));
    expect(Object.fromEntries(subscriptionsOf)).toEqual({
      trpc: [live("t"), live("x.*")],
      trpc_http: [live("t")],
      websocket: [live("t")],
      sse: [live("t")],
    });
    for (const one of connections) {
      expect(one).toMatchObject({ state: "open", address: "127.0.0.1", identity: null, bufferedBytes: 0 });
      expect(Math.abs(Date.now() - one.since)).toBeLessThan(60_000);
    }
  });

  test("come in pages, the oldest first, and no id of another broker is one", async () => {
    const { url } = await serve();
    const { trpc } = stockSocketClient(url);
    await trpc.server.info.query();
    for (let count = 0; count < 3; count++) await openPlain(url, "/subscribe/t");
    const first = await trpc.admin.connections.query({ limit: 3 });
    expect(first.connections.map(({ transport }) => transport)).toEqual(["trpc", "websocket", "websocket"]);
    const second = await trpc.admin.connections.query({ limit: 3, after: first.next ?? "" });
    expect(second).toMatchObject({ connections: [{ transport: "websocket" }], next: null });
    expect(await trpc.admin.connections.query({ after: "other-1" })).toEqual({ connections: [], next: null });
    expect(await trpc.admin.disconnect.mutate({ id: "other-1" })).toEqual({ disconnected: false });
  });

  test("are closed by admin.disconnect; @rtmsg/client comes back", async () => {
    const { url, broker } = await serve();
    const { trpc } = stockSocketClient(url);
    const client = createClient({ url });
    onTestFinished(() => client.close());
    const iterator = client.subscribe({ topic: "t" })[Symbol.asyncIterator]();
    const next = iterator.next();
    const plain = await openPlain(url, "/subscribe/t");
    const stream = await openStream(url, "/subscribe/t");
    await until(() => broker.progress.live === 3, "all are live");
    const { connections } = await trpc.admin.connections.query();
    for (const { id, subscriptions } of connections) {
      if (subscriptions.length === 0) continue;
      expect(await trpc.admin.disconnect.mutate({ id })).toEqual({ disconnected: true });
    }
    expect(await plain.end()).toEqual({ code: 1008, reason: "DISCONNECTED" });
    await until(() => stream.isEnded, "the stream is cut");
    await until(() => broker.progress.live === 1, "the client has come back");
    await broker.produce({ topic: "t", data: "again" });
    expect(await next).toMatchObject({ value: { data: "again" } });
  });
});

describe("admin.trim and admin.deleteTopic", () => {
  test("remove events, which their subscribers are told of", async () => {
    const { url, broker } = await serve();
    const client = createClient({ url });
    onTestFinished(() => client.close());
    for (let data = 1; data <= 5; data++) await broker.produce({ topic: "t", data });
    await broker.produce({ topic: "other", data: 0 });
    expect(await client.admin.trim.mutate({ topic: "t", before: 4 })).toEqual({ trimmed: 3 });
    expect(await client.admin.trim.mutate({ topic: "t", before: 0 })).toEqual({ trimmed: 0 });
    const { events } = await client.history.query({ topic: "t" });
    expect(events.map(({ data }) => data)).toEqual([4, 5]);
    await expect(client.history.query({ topic: "t", from: { offset: 1 } })).rejects.toMatchObject({
      code: "GAP",
    });
    expect(await client.admin.deleteTopic.mutate({ topic: "t" })).toEqual({ trimmed: 2 });
    expect((await client.topics.list.query()).topics.map(({ topic }) => topic)).toEqual(["other"]);
    await expect(client.history.query({ topic: "t", from: { offset: 4 } })).rejects.toMatchObject({
      code: "GAP",
    });
    const { offset } = await client.topic("t").produce("again");
    expect(offset).toBe(7);
    expect((await client.topics.list.query()).topics.map(({ topic }) => topic)).toEqual(["other", "t"]);
  });

  test("keep a topic in the list that is declared by its name", async () => {
    const { url } = await serve({ topics: defineTopics({ t: z.number(), "x.*": z.number() }) });
    const { trpc } = stockSocketClient(url);
    for (const topic of ["t", "x.a"]) {
      await produce(url, topic, 1);
      expect(await trpc.admin.deleteTopic.mutate({ topic })).toEqual({ trimmed: 1 });
    }
    expect((await trpc.topics.list.query()).topics).toMatchObject([{ topic: "t", count: 0 }]);
    expect(await failureOf(trpc.admin.deleteTopic.mutate({ topic: "y" }))).toMatchObject({
      code: "TOPIC_UNKNOWN",
    });
    expect(await failureOf(trpc.admin.trim.mutate({ topic: "t", before: -1 }))).toMatchObject({
      code: "INPUT_INVALID",
    });
  });
});
