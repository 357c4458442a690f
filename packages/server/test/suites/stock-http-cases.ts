import { describe, expect, it } from "vitest";
import { defineTopics } from "../../src/topics/index.js";
import { z } from "zod";
import { collect, failureOf, rtmsgOf, stockHttpClient } from "../support/stock-client.js";
import { startProxy } from "../support/tcp-proxy.js";
import { until } from "../support/until.js";
import type { Serve } from "./serve.js";
import { untilTrimmedTo } from "./support/until-trimmed.js";

export function stockHttpCases(serve: Serve): void {
  describe.each([
    ["httpLink", false],
    ["httpBatchLink", true],
  ])("queries and mutations over %s", (_, batch) => {
    it("produce, and read it back", async () => {
      const { url } = await serve();
      const trpc = stockHttpClient(url, { batch });
      const receipt = await trpc.produce.mutate({ topic: "a.b", data: { text: "x" } });
      expect(receipt).toMatchObject({ topic: "a.b", offset: 1, duplicate: false });
      const { results } = await trpc.produceBatch.mutate({ events: [{ topic: "a.b", data: 2 }] });
      expect(results).toMatchObject([{ ok: true, offset: 2 }]);
      expect(await trpc.history.query({ topic: "a.*" })).toMatchObject({
        events: [{ data: { text: "x" } }, { data: 2 }],
      });
      expect(await trpc.topics.get.query({ topic: "a.b" })).toMatchObject({ count: 2 });
      expect(await trpc.topics.list.query({ prefix: "a" })).toMatchObject({ topics: [{ topic: "a.b" }] });
    });

    it("sent in one turn are answered one by one, in order", async () => {
      const { url } = await serve();
      const trpc = stockHttpClient(url, { batch });
      const good = trpc.produce.mutate({ topic: "t", data: 1 });
      const bad = failureOf(trpc.produce.mutate({ topic: "no topic", data: 1 }));
      const other = trpc.produce.mutate({ topic: "t", data: 2 });
      expect(await bad).toEqual({ code: "TOPIC_INVALID", httpStatus: 400 });
      expect((await good).duplicate || (await other).duplicate).toBe(false);
      if (batch) expect((await other).offset).toBe((await good).offset + 1);
    });

    it("fail with the details of the error", async () => {
      const { url } = await serve();
      const trpc = stockHttpClient(url, { batch });
      expect(await failureOf(trpc.produce.mutate({ topic: "t", data: 1, expectedOffset: 7 }))).toEqual({
        code: "OFFSET_MISMATCH",
        actual: 0,
        httpStatus: 412,
      });
    });
  });

  describe("subscriptions over httpSubscriptionLink", () => {
    it("bring the past and then what is produced", async () => {
      const { url, broker } = await serve();
      for (const data of [1, 2]) await broker.produce({ topic: "t", data });
      const trpc = stockHttpClient(url);
      const collected = collect(trpc, { topic: "t", from: "earliest", marks: true });
      await collected.reach(4);
      await broker.produce({ topic: "t", data: 3 });
      const items = await collected.reach(5);
      expect(items).toMatchObject([
        { type: "start" },
        { data: 1 },
        { data: 2 },
        { type: "caughtUp" },
        { data: 3 },
      ]);
      expect(collected.ids).toEqual(items.map(({ cursor }) => cursor));
    });

    it("bring arrays through subscribeBatch", async () => {
      const { url, broker } = await serve();
      for (const data of [1, 2, 3]) await broker.produce({ topic: "t", data });
      const trpc = stockHttpClient(url);
      const collected = collect<{ data: number }[]>(trpc, { topic: "t", from: "earliest" }, "subscribeBatch");
      await until(() => collected.items.flat().length === 3, "all is there");
      expect(collected.items.flat().map(({ data }) => data)).toEqual([1, 2, 3]);
    });

    it("resume after the last event they got when they are cut", async () => {
      const { url, broker } = await serve();
      const proxy = await startProxy(url);
      const trpc = stockHttpClient(proxy.url);
      const collected = collect(trpc, { topic: "t", from: "earliest" });
      for (let data = 1; data <= 20; data++) await broker.produce({ topic: "t", data });
      await collected.reach(20);
      proxy.cut();
      for (let data = 21; data <= 40; data++) await broker.produce({ topic: "t", data });
      const items = await collected.reach(40);
      expect(items.map(({ data }) => data)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
      expect(proxy.connections).toBeGreaterThan(1);
      await until(() => broker.subscriberCount === 1, "the server has let go of the cut one");
    });

    it("end on the server when the client stops", async () => {
      const { url, broker } = await serve();
      const collected = collect(stockHttpClient(url), { topic: "t" });
      await until(() => broker.subscriberCount === 1, "it has begun");
      collected.unsubscribe();
      await until(() => broker.subscriberCount === 0, "the server has let go of it");
    });

    it("fail with GAP, and with what is wrong with their input", async () => {
      const topics = defineTopics({ t: { schema: z.number(), retention: { maxEvents: 1 } } });
      const { url, broker } = await serve({ topics });
      for (const data of [1, 2, 3]) await broker.produce({ topic: "t", data });
      await untilTrimmedTo(broker, "t", 3);
      const trpc = stockHttpClient(url);
      const gap = await collect(trpc, { topic: "t", from: { offset: 0 } }).failed();
      expect(rtmsgOf(gap)).toMatchObject({ code: "GAP", requested: `${broker.epoch}-0`, earliest: 3 });
      expect(broker.subscriberCount).toBe(0);
    });

    it("end by themselves when they asked for the past only", async () => {
      const { url, broker } = await serve();
      for (const data of [1, 2]) await broker.produce({ topic: "t", data });
      const collected = collect(stockHttpClient(url), { topic: "t", from: "earliest", until: "now" });
      await until(() => collected.isComplete, "it has ended");
      expect(collected.items.map(({ data }) => data)).toEqual([1, 2]);
    });
  });
}
