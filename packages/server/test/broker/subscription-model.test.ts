import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBroker } from "../../src/create-broker.js";
import { parseCursor, type From, type OnGap } from "../../src/protocol/index.js";
import { z } from "zod";
import { defineTopics } from "../../src/topics/index.js";
import { bruteSelects } from "../support/arbitraries.js";
import { delayedEngine, type DelayedEngine } from "../support/delayed-engine.js";
import { ModelLog, Reader, type TestBroker } from "../support/subscription-model.js";
import { turns } from "../support/until.js";

const TOPICS = ["a.x", "a.y", "b", "c.z.z"] as const;
/** One of them keeps few events, so that a commit may trim what it brings. */
const KEPT = { "c.z.z": 3 } as const;
const topics = defineTopics({ "c.z.z": { schema: z.unknown(), retention: { maxEvents: KEPT["c.z.z"] } } });
const SELECTIONS = ["a.x", "b", "a.*", "*", ">", "c.>"] as const;

type Step =
  | {
      readonly do: "produce";
      readonly topic: string;
      readonly size: number;
      readonly count: number;
      readonly wait: boolean;
    }
  | { readonly do: "subscribe"; readonly topic: string; readonly from: number; readonly onGap: OnGap }
  | { readonly do: "read" | "close"; readonly reader: number; readonly count: number }
  | { readonly do: "trim"; readonly topic: string; readonly share: number }
  | { readonly do: "turn"; readonly count: number }
  | { readonly do: "delay"; readonly turns: number };

const small = fc.integer({ min: 0, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("produce" as const),
      topic: fc.constantFrom(...TOPICS),
      // A large one fills half a page of the log, and overflows what a slow reader may hold.
      size: fc.constantFrom(1, 1, 50, 90_000),
      count: fc.integer({ min: 1, max: 4 }),
      wait: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("subscribe" as const),
      topic: fc.constantFrom(...SELECTIONS),
      from: fc.nat(),
      onGap: fc.constantFrom("error" as const, "earliest" as const, "report" as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("read" as const),
      reader: small,
      count: fc.integer({ min: 1, max: 8 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("close" as const), reader: small, count: fc.constant(0) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("trim" as const),
      topic: fc.constantFrom(...TOPICS),
      share: fc.constantFrom(0.2, 0.5, 1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("turn" as const), count: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("delay" as const), turns: fc.integer({ min: 0, max: 3 }) }),
  },
);

/** One of the start positions that the log allows now. */
function startOf(
  seed: number,
  log: ModelLog,
  epoch: string,
  selection: string,
): { from: From; after: number } {
  const retained = log.retained(selection);
  const tail = log.events.length;
  const pick = seed % 6;
  const offset = tail === 0 ? 0 : (seed >>> 3) % (tail + 1);
  if (pick === 0) return { from: "latest", after: tail };
  if (pick === 1) return { from: { offset }, after: offset };
  if (pick === 2) return { from: { cursor: `${epoch}-${offset}` }, after: offset };
  const wanted = pick === 3 ? Math.min((seed >>> 3) % 5, retained.length) : retained.length;
  const first = retained[retained.length - wanted];
  const after = first === undefined || wanted === 0 ? tail : first.offset - 1;
  if (pick === 3) return { from: { last: wanted }, after };
  return { from: pick === 4 ? "earliest" : { time: 0 }, after };
}

async function run(steps: readonly Step[], delayed: DelayedEngine, broker: TestBroker): Promise<void> {
  const log = new ModelLog(delayed, broker, KEPT);
  const readers: Reader[] = [];
  for (const each of steps) {
    if (each.do === "produce") await log.produce(each.topic, each.size, each.count, each.wait);
    else if (each.do === "trim") await log.trim(each.topic, each.share);
    else if (each.do === "turn") await turns(each.count);
    else if (each.do === "delay") delayed.delay = () => each.turns;
    else if (each.do === "subscribe") {
      await log.settle();
      const start = startOf(each.from, log, broker.epoch, each.topic);
      const reader = new Reader(broker, { topic: each.topic, from: start.from, onGap: each.onGap });
      readers.push(reader);
      await reader.start(log);
      expect(parseCursor(reader.startCursor).offset).toBe(start.after);
    } else {
      const reader = readers[each.reader % Math.max(readers.length, 1)];
      if (each.do === "read") reader?.ask(each.count);
      else await reader?.close();
    }
  }
  // A last event on every topic tells when a reader has everything.
  delayed.delay = () => 0;
  await log.settle();
  const end = log.events.length;
  for (const topic of TOPICS) await log.produce(topic, 1, 1, true);
  for (const reader of readers) {
    const finals = TOPICS.filter((topic) => bruteSelects(reader.input.topic, topic));
    await reader.finish((events) => events.filter(({ offset }) => offset > end).length === finals.length);
    reader.check(log);
  }
  expect(broker.subscriberCount).toBe(0);
}

describe("subscriptions, whatever happens in whatever order", () => {
  it("yield every retained event of their selection once and in order, and report exactly what is gone", async () => {
    const settings = fc.record({ maxBufferedBytes: fc.constantFrom(1, 200, 100_000, 1_048_576) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 50 }),
        settings,
        async (steps, { maxBufferedBytes }) => {
          const delayed = delayedEngine();
          const engine = delayed.open;
          await using broker = await createBroker({
            topics,
            undeclaredTopics: "allow",
            engine,
            limits: { bufferedBytes: maxBufferedBytes },
          });
          await run(steps, delayed, broker as unknown as TestBroker);
        },
      ),
      { numRuns: 500, plugins: [fc.interruptAfterTimeLimit(20_000), fc.timeout(3_000)] },
    );
  }, 60_000);
});
