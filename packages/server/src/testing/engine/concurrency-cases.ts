import assert from "node:assert/strict";
import { offsetOf, type EngineLog } from "./engine-log.js";
import type { ThemeContext } from "./theme.js";
import { until } from "./until.js";

/** Everything at the same time. */
export function concurrencyCases({ test }: ThemeContext): void {
  /** Follows a selection until told to stop; returns the offsets seen, and the newest trim that was reported. */
  const follow = async (
    log: EngineLog,
    selection: string,
    isDone: () => boolean,
  ): Promise<{ seen: number[]; trimmed: number[] }> => {
    const seen: number[] = [];
    const trimmed: number[] = [];
    let position = 0;
    let knownTrim = 0;
    for (;;) {
      const wasDone = isDone();
      const page = await log.page(selection, position, { maxEvents: 20, maxBytes: 4_096 });
      if (page.lastTrim > knownTrim) trimmed.push(position, await log.trimmedThrough(selection));
      knownTrim = Math.max(knownTrim, page.lastTrim);
      seen.push(...page.events.map(({ offset }) => offset));
      position = page.through;
      if (page.atTail && wasDone) return { seen, trimmed };
      if (page.atTail) await new Promise(setImmediate);
    }
  };

  const produce = async (log: EngineLog, producer: number, calls: number): Promise<number[]> => {
    const offsets: number[] = [];
    for (let call = 0; call < calls; call++) {
      const outcomes = await log.append(
        { topic: `p.${producer}`, value: call },
        { topic: `shared.${call % 3}`, value: call },
      );
      offsets.push(...outcomes.map(offsetOf));
    }
    return offsets;
  };

  test("serves many producers and readers", async (log) => {
    let isDone = false;
    const selections = ["p.0", "p.3", "shared.1", "p.*", "shared.>", ">", "none"];
    const readers = selections.map((selection) => follow(log, selection, () => isDone));
    const offsets = (
      await Promise.all(Array.from({ length: 8 }, (_, index) => produce(log, index, 25)))
    ).flat();
    isDone = true;
    const results = await Promise.all(readers);
    assert.equal(new Set(offsets).size, 400);
    for (const [index, { seen, trimmed }] of results.entries()) {
      assert.deepEqual(seen, await log.offsets(selections[index] as string), selections[index]);
      assert.deepEqual(trimmed, []);
    }
    for (let producer = 0; producer < 8; producer++) {
      assert.deepEqual(
        await log.values(`p.${producer}`),
        Array.from({ length: 25 }, (_, call) => call),
      );
    }
  });

  test(
    "lets no reader miss an event that was not trimmed",
    async (log) => {
      let isDone = false;
      const stored = new Map<number, string>();
      log.engine.onCommit((events) => {
        for (const { offset, topic } of events) stored.set(offset, topic);
      });
      const selections = ["p.0", "shared.2", "p.*", ">"];
      const readers = selections.map((selection) => follow(log, selection, () => isDone));
      await Promise.all([
        ...Array.from({ length: 4 }, (_, index) => produce(log, index, 30)),
        (async () => {
          for (let round = 0; round < 20; round++) {
            await log.engine.trim("p.0", (await log.engine.tail()) - 5);
            await new Promise(setImmediate);
          }
        })(),
      ]);
      isDone = true;
      for (const [index, { seen, trimmed }] of (await Promise.all(readers)).entries()) {
        const selection = selections[index] as string;
        const isSelected = (topic: string): boolean =>
          selection === ">" || topic === selection || (selection === "p.*" && topic.startsWith("p."));
        const missed = [...stored].filter(([offset, topic]) => isSelected(topic) && !seen.includes(offset));
        for (const [offset] of missed) {
          let isReported = false;
          for (let pair = 0; pair < trimmed.length; pair += 2) {
            isReported ||= offset > (trimmed[pair] as number) && offset <= (trimmed[pair + 1] as number);
          }
          assert.ok(isReported, `${selection}: offset ${offset} was missed without a report`);
        }
        assert.deepEqual(seen, [...new Set(seen)]);
      }
    },
    { retention: { "shared.2": { maxEvents: 10 } } },
  );

  test(
    "keeps its counts right under retention",
    async (log) => {
      await Promise.all(Array.from({ length: 6 }, (_, index) => produce(log, index, 40)));
      await until(async () => (await log.count("shared.0")) === 7, "shared.0 has 7 events");
      const { topics } = await log.engine.topics({ prefix: "", after: "", limit: 100 });
      assert.equal(topics.length, 9);
      for (const { topic, count, firstOffset, lastOffset } of topics) {
        const offsets = await log.offsets(topic);
        assert.deepEqual(
          [offsets.length, offsets[0], offsets.at(-1)],
          [count, firstOffset, lastOffset],
          topic,
        );
      }
    },
    { retention: { "shared.0": { maxEvents: 7 } } },
  );
}
