import type { StandardSchemaV1 } from "@standard-schema/spec";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBroker } from "../../src/create-broker.js";
import { defineTopics } from "../../src/topics/index.js";
import { stockHttpClient, stockSocketClient } from "../support/stock-client.js";
import { serve } from "../support/serve.js";

/** What the events of these tests carry. */
interface Slow {
  readonly n: number;
  /** How long the schema takes, in ms; it answers at once where there is none. */
  readonly delay?: number;
  /** Whether the schema refuses it, or throws. */
  readonly fate?: "refuse" | "throw";
}

/** A schema that takes as long as the data says. */
const slow: StandardSchemaV1<Slow> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate(value) {
      const { delay, fate } = value as Slow;
      const judge = (): StandardSchemaV1.Result<Slow> => {
        if (fate === "throw") throw new Error("the schema broke");
        return fate === "refuse" ? { issues: [{ message: "refused" }] } : { value: value as Slow };
      };
      if (delay === undefined) return judge();
      return new Promise((resolve) => setTimeout(resolve, delay)).then(judge);
    },
  },
};
const topics = defineTopics({ "a.*": slow, b: slow });

const slowData = fc.record(
  {
    delay: fc.integer({ min: 0, max: 6 }),
    fate: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      fc.constantFrom("refuse" as const, "throw" as const),
    ),
  },
  { requiredKeys: [] },
);

/** Numbered data, without the fields that are undefined. */
function number(data: readonly { delay?: number; fate?: "refuse" | "throw" | undefined }[]): Slow[] {
  return data.map(({ delay, fate }, n) => ({
    n,
    ...(delay !== undefined && { delay }),
    ...(fate !== undefined && { fate }),
  }));
}

const survivors = (sent: readonly Slow[]): number[] =>
  sent.filter(({ fate }) => fate === undefined).map(({ n }) => n);

describe("events sent back to back on one connection, under a schema that takes its time", () => {
  it("are stored in the order sent, over wsLink", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(slowData, { minLength: 2, maxLength: 12 }), async (drawn) => {
        const server = await serve({ topics });
        const { trpc, ws } = stockSocketClient(server.url);
        const sent = number(drawn);
        const calls = sent.map((data) => trpc.produce.mutate({ topic: "a.x", data }));
        await Promise.allSettled(calls);
        const { events } = await server.broker.history({ topic: "a.x" });
        expect(events.map(({ data }) => data.n)).toEqual(survivors(sent));
        await ws.close();
        await server.close();
      }),
      { numRuns: 25 },
    );
  });

  it("are stored in the order sent in this process, where batches and topics mix", async () => {
    const step = fc.record({
      batch: fc.boolean(),
      topic: fc.constantFrom("a.x", "a.y", "b"),
      data: slowData,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 15 }), async (steps) => {
        await using broker = await createBroker({ topics });
        const numbered = number(steps.map(({ data }) => data));
        const sent = steps.map(({ topic, batch }, index) => ({
          topic,
          batch,
          data: numbered[index] as Slow,
        }));
        await Promise.allSettled(
          sent.map(({ batch, topic, data }) => {
            if (!batch) return broker.produce({ topic, data } as { topic: "b"; data: Slow });
            const other = { topic: "b", data: { ...data, n: data.n + 1_000 } };
            return broker.produceBatch([{ topic, data }, other] as { topic: "b"; data: Slow }[]);
          }),
        );
        for (const topic of ["a.x", "a.y", "b"] as const) {
          const { events } = await broker.history({ topic, limit: 1_000 });
          const expected: number[] = [];
          for (const { topic: own, batch, data } of sent) {
            if (data.fate !== undefined) continue;
            if (own === topic) expected.push(data.n);
            if (batch && topic === "b") expected.push(data.n + 1_000);
          }
          expect(events.map(({ data }) => data.n)).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("wait for one that is still checked though one between them was refused at once", async () => {
    await using broker = await createBroker({ topics });
    const calls = [
      broker.produce({ topic: "b", data: { n: 1, delay: 30 } }),
      broker.produce({ topic: "b", data: { n: 2, delay: 0, fate: "refuse" } }),
    ];
    // The refused one is answered long before the first.
    await expect(calls[1]).rejects.toMatchObject({ code: "DATA_INVALID" });
    calls.push(broker.produce({ topic: "b", data: { n: 3 } }));
    await Promise.allSettled(calls);
    const { events } = await broker.history({ topic: "b" });
    expect(events.map(({ data }) => data.n)).toEqual([1, 3]);
  });

  it("are stored in the order of the batch, over wsLink and httpLink", async () => {
    const { url, broker } = await serve({ topics });
    const sent = Array.from({ length: 30 }, (_, n) => ({ n, ...(n % 3 > 0 && { delay: (n * 7) % 10 }) }));
    for (const [topic, trpc] of [
      ["a.socket", stockSocketClient(url).trpc],
      ["a.http", stockHttpClient(url)],
    ] as const) {
      const { results } = await trpc.produceBatch.mutate({ events: sent.map((data) => ({ topic, data })) });
      expect(results.every(({ ok }) => ok)).toBe(true);
      const { events } = await broker.history({ topic });
      expect(events.map(({ data }) => data.n)).toEqual(sent.map(({ n }) => n));
    }
  });

  it("are stored in the order of the calls of one HTTP batch", async () => {
    const { url, broker } = await serve({ topics });
    const trpc = stockHttpClient(url, { batch: true });
    const sent = Array.from({ length: 12 }, (_, n) => ({ n, delay: (12 - n) % 5 }));
    await Promise.all(sent.map((data) => trpc.produce.mutate({ topic: "b", data })));
    const { events } = await broker.history({ topic: "b" });
    expect(events.map(({ data }) => data.n)).toEqual(sent.map(({ n }) => n));
  });

  it("do not wait for another topic, nor for another connection", async () => {
    const { url } = await serve({ topics });
    const [one, other] = [stockSocketClient(url).trpc, stockSocketClient(url).trpc];
    const slowest = one.produce.mutate({ topic: "b", data: { n: 0, delay: 300 } });
    const first = await Promise.race([
      slowest.then(() => "the slow one"),
      Promise.all([
        one.produce.mutate({ topic: "a.x", data: { n: 1 } }),
        other.produce.mutate({ topic: "b", data: { n: 2 } }),
      ]).then(() => "the others"),
    ]);
    expect(first).toBe("the others");
    await slowest;
  });
});
