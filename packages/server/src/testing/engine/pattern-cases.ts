import assert from "node:assert/strict";
import { selects } from "../../protocol/topic-name.js";
import { ALL } from "./engine-log.js";
import type { ThemeContext } from "./theme.js";

const TOPICS = ["a", "b", "a.b", "a.c", "b.b", "a.b.c", "a.b.d", "a.c.c", "a.b.c.d", "A.b", "*a".slice(1)];
const PATTERNS = [">", "*", "a.*", "*.b", "*.*", "a.>", "a.*.c", "*.b.>", "a.b.c.*", "x.>", "*.*.*.*.*"];

/** Reading what a pattern selects. */
export function patternCases({ test }: ThemeContext): void {
  test("reads the events of every topic that a pattern selects, in the log's order", async (log) => {
    for (let round = 0; round < 5; round++) {
      await log.append(...TOPICS.map((topic) => ({ topic, value: round })));
      await log.append(...TOPICS.toReversed().map((topic) => ({ topic, value: round })));
    }
    const all = await log.read(">");
    assert.equal(all.length, TOPICS.length * 10);
    for (const pattern of PATTERNS) {
      const expected = all.filter(({ topic }) => selects(pattern, topic));
      assert.deepEqual(await log.read(pattern), expected, pattern);
      assert.deepEqual(await log.read(pattern, 0, { maxEvents: 3, maxBytes: 1_000_000 }), expected, pattern);
    }
  });

  test("sees topics that came into being after the pattern was first read", async (log) => {
    const tail = await log.add("a.x");
    assert.deepEqual(await log.offsets("a.*"), [tail]);
    const later = await log.add("a.y");
    assert.deepEqual(await log.offsets("a.*"), [tail, later]);
    assert.deepEqual(await log.offsets("a.*", tail), [later]);
  });

  test("finds a rare event among many others, page by page", async (log) => {
    const rare: number[] = [];
    for (let round = 0; round < 12; round++) {
      for (let call = 0; call < 40; call++) await log.fill(`noise.${call % 7}`, 3);
      if (round % 4 === 2) rare.push(await log.add("rare.one", round));
    }
    assert.deepEqual(await log.offsets("rare.*"), rare);
    assert.deepEqual(await log.offsets("rare.*", rare[0]), rare.slice(1));
    assert.deepEqual(await log.offsets("absent.*"), []);
    assert.deepEqual(await log.offsets("rare.*", await log.positionOfLast("rare.*", 2)), rare.slice(-2));
    // What was read before the limit of a page counts.
    const page = await log.page("rare.*", 0, { ...ALL, maxEvents: 1 });
    assert.ok(page.through <= (rare[0] as number));
  });

  test("reads a pattern of many topics", async (log) => {
    const topics = Array.from({ length: 1_500 }, (_, index) => `many.t${index}`);
    await log.append(...topics.map((topic, value) => ({ topic, value })));
    await log.append(...topics.map((topic, value) => ({ topic, value })));
    assert.equal((await log.read("many.*")).length, 3_000);
    assert.equal((await log.read("many.t7")).length, 2);
    assert.equal(
      (await log.engine.topics({ prefix: "many.", after: "", limit: 2_000 })).topics.length,
      1_500,
    );
  });
}
