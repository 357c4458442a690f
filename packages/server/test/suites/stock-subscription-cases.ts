import { describe, expect, it } from "vitest";
import { defineTopics } from "../../src/topics/index.js";
import { z } from "zod";
import { collect, rtmsgOf, stockSocketClient } from "../support/stock-client.js";
import { turns, until } from "../support/until.js";
import type { Serve } from "./serve.js";
import { untilTrimmedTo } from "./support/until-trimmed.js";

/** Three events of topic `t` are kept. */
const brief = { topics: defineTopics({ t: { schema: z.number(), retention: { maxEvents: 3 } } }) };

export function stockSubscriptionCases(serve: Serve): void {
  describe("subscriptions over wsLink", () => {
    it("bring the past and then what is produced, in order, each with its cursor", async () => {
      const { url, broker } = await serve();
      for (const data of [1, 2, 3]) await broker.produce({ topic: "t", data });
      const { trpc } = stockSocketClient(url);
      const collected = collect(trpc, { topic: "t", from: "earliest" });
      await collected.reach(3);
      for (const data of [4, 5]) await broker.produce({ topic: "t", data });
      const items = await collected.reach(5);
      expect(items.map(({ data }) => data)).toEqual([1, 2, 3, 4, 5]);
      expect(items.map(({ cursor }) => cursor)).toEqual(collected.ids);
      expect(collected.ids).toEqual([1, 2, 3, 4, 5].map((offset) => `${broker.epoch}-${offset}`));
      expect(Object.keys(items[0] as object).toSorted()).toEqual([
        "cursor",
        "data",
        "offset",
        "time",
        "topic",
      ]);
    });

    it("start with the next event unless told otherwise", async () => {
      const { url, broker } = await serve();
      await broker.produce({ topic: "t", data: "before" });
      const { trpc } = stockSocketClient(url);
      const collected = collect(trpc, { topic: "t" });
      await until(() => collected.started === 1, "it has started");
      await broker.produce({ topic: "t", data: "after" });
      expect(await collected.reach(1)).toMatchObject([{ data: "after" }]);
    });

    it("start anywhere", async () => {
      const { url, broker } = await serve();
      const receipts = [];
      for (const data of [1, 2, 3, 4]) receipts.push(await broker.produce({ topic: "t", data }));
      const { trpc } = stockSocketClient(url);
      const starts = [
        [{ cursor: receipts[1]?.cursor as string }, [3, 4]],
        [{ offset: 3 }, [4]],
        [{ offset: 0 }, [1, 2, 3, 4]],
        [{ last: 2 }, [3, 4]],
        [{ last: 100 }, [1, 2, 3, 4]],
        [{ time: receipts[0]?.time as number }, [1, 2, 3, 4]],
        [{ time: Date.now() + 60_000 }, []],
        [{ last: 0 }, []],
      ] as const;
      for (const [from, expected] of starts) {
        const collected = collect(trpc, { topic: "t", from, until: "now" });
        await until(() => collected.isComplete, "the past is done");
        expect(collected.items.map(({ data }) => data)).toEqual(expected);
      }
    });

    it("take patterns", async () => {
      const { url, broker } = await serve();
      const { trpc } = stockSocketClient(url);
      const all = collect(trpc, { topic: ">", from: "earliest" });
      const some = collect(trpc, { topic: "a.*", from: "earliest" });
      for (const topic of ["a.b", "b", "a.b.c", "a.c"]) await broker.produce({ topic, data: 1 });
      expect((await all.reach(4)).map(({ topic }) => topic)).toEqual(["a.b", "b", "a.b.c", "a.c"]);
      expect((await some.reach(2)).map(({ topic }) => topic)).toEqual(["a.b", "a.c"]);
    });

    it("mark their start and the end of the past, with tracked cursors", async () => {
      const { url, broker } = await serve();
      for (const data of [1, 2]) await broker.produce({ topic: "t", data });
      const { trpc } = stockSocketClient(url);
      const collected = collect(trpc, { topic: "t", from: { last: 1 }, marks: true });
      await collected.reach(3);
      await broker.produce({ topic: "t", data: 3 });
      const items = await collected.reach(4);
      const at = (offset: number): string => `${broker.epoch}-${offset}`;
      expect(items).toMatchObject([
        { type: "start", cursor: at(1) },
        { offset: 2, data: 2 },
        { type: "caughtUp", cursor: at(2) },
        { offset: 3, data: 3 },
      ]);
      expect(collected.ids).toEqual([at(1), at(2), at(2), at(3)]);
    });

    it("end at what was the log's end when asked to", async () => {
      const { url, broker } = await serve();
      for (const data of [1, 2]) await broker.produce({ topic: "t", data });
      const { trpc } = stockSocketClient(url);
      const collected = collect(trpc, { topic: "t", from: "earliest", until: "now", marks: true });
      await until(() => collected.isComplete, "it has ended");
      expect(collected.items).toMatchObject([
        { type: "start" },
        { data: 1 },
        { data: 2 },
        { type: "caughtUp" },
      ]);
      expect(broker.subscriberCount).toBe(0);
    });

    it("stop when told to, and the server lets go of them", async () => {
      const { url, broker } = await serve();
      const { trpc } = stockSocketClient(url);
      const one = collect(trpc, { topic: "t" });
      const other = collect(trpc, { topic: "t" });
      await until(() => one.started + other.started === 2, "both have started");
      one.unsubscribe();
      await until(() => broker.subscriberCount === 1, "the server has let go of one");
      await broker.produce({ topic: "t", data: 1 });
      await other.reach(1);
      await turns();
      expect(one.items).toEqual([]);
      expect(one.isComplete).toBe(true);
    });

    it("end on the server when the client closes", async () => {
      const { url, broker } = await serve();
      const { trpc, ws } = stockSocketClient(url);
      const collected = collect(trpc, { topic: "t" });
      await until(() => collected.started === 1, "it has started");
      await ws.close();
      await until(() => broker.subscriberCount === 0, "the server has let go of it");
    });

    it("bring arrays through subscribeBatch, tracked by the last cursor", async () => {
      const { url, broker } = await serve();
      for (let data = 1; data <= 50; data++) await broker.produce({ topic: "t", data });
      const { trpc } = stockSocketClient(url);
      const collected = collect<{ data: number; cursor: string }[]>(
        trpc,
        { topic: "t", from: "earliest" },
        "subscribeBatch",
      );
      await until(() => collected.items.flat().length >= 50, "the past is there");
      await broker.produceBatch([51, 52, 53].map((data) => ({ topic: "t", data })));
      await until(() => collected.items.flat().length >= 53, "all is there");
      expect(collected.items.flat().map(({ data }) => data)).toEqual(
        Array.from({ length: 53 }, (_, i) => i + 1),
      );
      expect(collected.ids).toEqual(collected.items.map((items) => items.at(-1)?.cursor));
      expect(collected.items.length).toBeLessThan(10);
    });

    it("fail with GAP when what was asked for is trimmed", async () => {
      const { url, broker } = await serve(brief);
      for (const data of [1, 2, 3, 4, 5]) await broker.produce({ topic: "t", data });
      await untilTrimmedTo(broker, "t", 3);
      const { trpc } = stockSocketClient(url);
      const error = await collect(trpc, { topic: "t", from: { offset: 1 } }).failed();
      const requested = `${broker.epoch}-1`;
      expect(rtmsgOf(error)).toEqual({
        code: "GAP",
        requested,
        earliest: 3,
        epoch: broker.epoch,
        httpStatus: 412,
      });
      expect(broker.subscriberCount).toBe(0);
    });

    it("report a gap as a tracked item, or pass over it, when asked to", async () => {
      const { url, broker } = await serve(brief);
      for (const data of [1, 2, 3, 4, 5]) await broker.produce({ topic: "t", data });
      await untilTrimmedTo(broker, "t", 3);
      const { trpc } = stockSocketClient(url);
      const { epoch } = broker;
      const reported = collect(trpc, { topic: "t", from: { offset: 1 }, onGap: "report" });
      expect(await reported.reach(4)).toMatchObject([
        { type: "gap", requested: `${epoch}-1`, earliest: 3, epoch, cursor: `${epoch}-2` },
        { data: 3 },
        { data: 4 },
        { data: 5 },
      ]);
      expect(reported.ids[0]).toBe(`${epoch}-2`);
      const passed = collect(trpc, { topic: "t", from: { offset: 1 }, onGap: "earliest" });
      expect((await passed.reach(3)).map(({ data }) => data)).toEqual([3, 4, 5]);
    });

    it("report no gap where they start at what is retained", async () => {
      const { url, broker } = await serve(brief);
      for (const data of [1, 2, 3, 4, 5]) await broker.produce({ topic: "t", data });
      await untilTrimmedTo(broker, "t", 3);
      const { trpc } = stockSocketClient(url);
      for (const from of ["earliest", { last: 10 }, { time: 0 }, { offset: 2 }] as const) {
        const collected = collect(trpc, { topic: "t", from });
        expect((await collected.reach(3)).map(({ data }) => data)).toEqual([3, 4, 5]);
      }
    });
  });
}
