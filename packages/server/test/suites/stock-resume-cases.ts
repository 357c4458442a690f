import { describe, expect, it } from "vitest";
import { defineTopics } from "../../src/topics/index.js";
import { z } from "zod";
import { collect, rtmsgOf, stockSocketClient } from "../support/stock-client.js";
import { startProxy } from "../support/tcp-proxy.js";
import { until } from "../support/until.js";
import type { Serve } from "./serve.js";
import { untilTrimmedTo } from "./support/until-trimmed.js";

const offsetsTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

export function stockResumeCases(serve: Serve): void {
  describe("a subscription over wsLink whose socket is cut", () => {
    it("resumes after the last event it got, each once", async () => {
      const { url, broker } = await serve();
      const proxy = await startProxy(url);
      const { trpc } = stockSocketClient(proxy.url);
      const collected = collect(trpc, { topic: "t", from: "earliest" });
      let produced = 0;
      for (let round = 1; round <= 5; round++) {
        for (let each = 0; each < 10; each++) await broker.produce({ topic: "t", data: ++produced });
        if (round > 1) await collected.reach(produced - 5);
        else await collected.reach(1);
        proxy.cut();
        for (let each = 0; each < 3; each++) await broker.produce({ topic: "t", data: ++produced });
      }
      const items = await collected.reach(produced);
      expect(items.map(({ offset }) => offset)).toEqual(offsetsTo(produced));
      expect(items.map(({ data }) => data)).toEqual(offsetsTo(produced));
      expect(proxy.connections).toBeGreaterThan(1);
      await until(() => broker.subscriberCount === 1, "the server has let go of the cut ones");
    });

    it("resumes through subscribeBatch after the last array it got", async () => {
      const { url, broker } = await serve();
      const proxy = await startProxy(url);
      const { trpc } = stockSocketClient(proxy.url);
      const collected = collect<{ data: number }[]>(trpc, { topic: "t", from: "earliest" }, "subscribeBatch");
      for (let data = 1; data <= 300; data++) {
        await broker.produce({ topic: "t", data });
        if (data % 100 === 50) {
          await until(() => collected.items.flat().length > data - 20, "it has nearly caught up");
          proxy.cut();
        }
      }
      await until(() => collected.items.flat().length >= 300, "all is there");
      expect(collected.items.flat().map(({ data }) => data)).toEqual(offsetsTo(300));
    });

    it("misses nothing between two connections when it has asked for marks", async () => {
      const { url, broker } = await serve();
      await broker.produce({ topic: "t", data: "before" });
      const proxy = await startProxy(url);
      const { trpc } = stockSocketClient(proxy.url);
      const collected = collect(trpc, { topic: "t", from: "latest", marks: true });
      await collected.reach(2);
      proxy.refuse = true;
      proxy.cut();
      await until(() => broker.subscriberCount === 0, "the server has noticed");
      await broker.produce({ topic: "t", data: "while away" });
      proxy.refuse = false;
      await until(() => collected.items.some(({ data }) => data === "while away"), "it is there");
      expect(collected.items.filter((item) => "data" in item)).toHaveLength(1);
    });

    it("learns of a gap when it was away for longer than its events are kept", async () => {
      const topics = defineTopics({ t: { schema: z.number(), retention: { maxEvents: 2 } } });
      const { url, broker } = await serve({ topics });
      const proxy = await startProxy(url);
      const { trpc } = stockSocketClient(proxy.url);
      const failing = collect(trpc, { topic: "t", from: "earliest" });
      const reporting = collect(trpc, { topic: "t", from: "earliest", onGap: "report" });
      await broker.produce({ topic: "t", data: 1 });
      await failing.reach(1);
      await reporting.reach(1);
      proxy.refuse = true;
      proxy.cut();
      for (const data of [2, 3, 4, 5]) await broker.produce({ topic: "t", data });
      await untilTrimmedTo(broker, "t", 4);
      proxy.refuse = false;
      expect(rtmsgOf(await failing.failed())).toMatchObject({
        code: "GAP",
        requested: `${broker.epoch}-1`,
        earliest: 4,
        epoch: broker.epoch,
      });
      const items = await reporting.reach(4);
      expect(items).toMatchObject([{ data: 1 }, { type: "gap", earliest: 4 }, { data: 4 }, { data: 5 }]);
    });

    it("learns of a gap when the log is another one", async () => {
      const { url, broker } = await serve();
      await broker.produce({ topic: "t", data: 1 });
      const { trpc } = stockSocketClient(url);
      const lastEventId = "zzzzzzzz-7";
      const { epoch } = broker;
      const failing = collect(trpc, { topic: "t", lastEventId });
      expect(rtmsgOf(await failing.failed())).toMatchObject({
        code: "GAP",
        requested: lastEventId,
        earliest: 1,
        epoch,
      });
      const reporting = collect(trpc, { topic: "t", lastEventId, onGap: "report" });
      expect(await reporting.reach(2)).toMatchObject([
        { type: "gap", requested: lastEventId, earliest: 1, epoch, cursor: `${epoch}-0` },
        { data: 1 },
      ]);
    });

    it("goes after lastEventId before from", async () => {
      const { url, broker } = await serve();
      for (const data of [1, 2, 3]) await broker.produce({ topic: "t", data });
      const { trpc } = stockSocketClient(url);
      const collected = collect(trpc, {
        topic: "t",
        from: "earliest",
        lastEventId: `${broker.epoch}-2`,
        until: "now",
      });
      await until(() => collected.isComplete, "it has ended");
      expect(collected.items).toMatchObject([{ data: 3 }]);
    });

    it("lets calls in flight fail, and takes new ones over the next connection", async () => {
      const { url } = await serve();
      const proxy = await startProxy(url);
      const { trpc } = stockSocketClient(proxy.url);
      await trpc.topics.list.query();
      proxy.hold();
      const lost = trpc.topics.list.query().then(
        () => "answered",
        () => "failed",
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
      proxy.resume();
      proxy.cut();
      expect(await lost).toMatch(/answered|failed/);
      expect(await trpc.topics.list.query()).toEqual({ topics: [], next: null });
    });
  });
}
