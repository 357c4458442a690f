import { describe, expect, it } from "vitest";
import { defineTopics } from "../../src/topics/index.js";
import { z } from "zod";
import { collect, stockHttpClient, stockSocketClient, type StockClient } from "../support/stock-client.js";
import type { Serve } from "./serve.js";

const SPECIAL = {
  date: new Date("2026-11-22T10:00:00.123Z"),
  big: 2n ** 70n,
  map: new Map<unknown, unknown>([
    ["a", new Date(5)],
    [{ key: 1 }, new Set([1n, 2n])],
  ]),
  set: new Set<unknown>(["x", undefined]),
  nothing: undefined,
  numbers: [Number.NaN, Infinity, -Infinity, -0],
  regexp: /a.b/gi,
  url: new URL("https://example.com/a?b#c"),
  "data.data": { "a.b\\": new Date(7) },
  plain: { nested: [{ text: 'ü "quoted" \u2028', emoji: "👍", lone: "\u{d800}" }] },
};

export function stockValueCases(serve: Serve): void {
  describe.each([
    ["wsLink", (url: string): StockClient => stockSocketClient(url).trpc],
    ["httpLink and httpSubscriptionLink", (url: string): StockClient => stockHttpClient(url)],
    [
      "httpBatchLink and httpSubscriptionLink",
      (url: string): StockClient => stockHttpClient(url, { batch: true }),
    ],
  ])("values that only superjson carries, over %s", (_, connect) => {
    it("come back from produce, produceBatch, history, subscribe and subscribeBatch as they went", async () => {
      const { url } = await serve();
      const trpc = connect(url);
      const values: unknown[] = [SPECIAL, ...Object.values(SPECIAL), null, "", 0, false, [], {}];
      for (const data of values.slice(0, 4)) await trpc.produce.mutate({ topic: "t", data });
      const events = values.slice(4).map((data) => ({ topic: "t", data }));
      await trpc.produceBatch.mutate({ events });

      const history = await trpc.history.query({ topic: "t" });
      expect(history.events.map(({ data }) => data)).toEqual(values);
      const single = collect<{ data: unknown }>(trpc, { topic: "t", from: "earliest" });
      expect((await single.reach(values.length)).map(({ data }) => data)).toEqual(values);
      const batched = collect<{ data: unknown }[]>(trpc, { topic: "t", from: "earliest" }, "subscribeBatch");
      expect((await batched.reach(1)).flat().map(({ data }) => data)).toEqual(values);
    });

    it("reach a schema as what they are, and subscribers get what it made of them", async () => {
      const topics = defineTopics({
        t: z.object({
          at: z.date(),
          count: z.bigint().default(7n),
          text: z.string().transform((text) => [text]),
        }),
      });
      const { url } = await serve({ topics });
      const trpc = connect(url);
      await trpc.produce.mutate({ topic: "t", data: { at: new Date(9), text: "x" } });
      const { events } = await trpc.history.query({ topic: "t" });
      expect(events).toMatchObject([{ data: { at: new Date(9), count: 7n, text: ["x"] } }]);
    });
  });
}
