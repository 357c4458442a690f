import assert from "node:assert/strict";
import { codeOf } from "./engine-log.js";
import type { ThemeContext } from "./theme.js";

/** The most topics that a log may hold. */
export function limitCases({ test, isPersistent }: ThemeContext): void {
  test(
    "refuses the event that would make one topic too many",
    async (log) => {
      const outcomes = await log.append(
        { topic: "a" },
        { topic: "b" },
        { topic: "a" },
        { topic: "c" },
        { topic: "d" },
        { topic: "b" },
        { topic: "e", id: "x" },
      );
      assert.deepEqual(
        outcomes.map(({ ok }) => ok),
        [true, true, true, true, false, true, false],
      );
      assert.equal(codeOf(outcomes[4]), "LIMIT_EXCEEDED");
      assert.ok(outcomes[4]?.ok === false);
      assert.deepEqual(outcomes[4].error.details, { limit: 3 });
      assert.equal(codeOf((await log.append({ topic: "e", id: "x" }))[0]), "LIMIT_EXCEEDED");
      assert.equal(await log.engine.topic("d"), undefined);
      assert.equal((await log.engine.topics({ prefix: "", after: "", limit: 10 })).topics.length, 3);
      await log.add("c");
    },
    { maxTopics: 3 },
  );

  test(
    "counts a topic that was emptied",
    async (log) => {
      const offset = await log.add("a");
      await log.add("b");
      await log.engine.trim("a", offset);
      if (isPersistent) await log.reopen();
      assert.equal(codeOf((await log.append({ topic: "c" }))[0]), "LIMIT_EXCEEDED");
      await log.add("a");
    },
    { maxTopics: 2 },
  );

  test(
    "does not count the topic of an entry that it refused",
    async (log) => {
      const outcomes = await log.append({ topic: "a", expectedOffset: 9 }, { topic: "b" }, { topic: "c" });
      assert.deepEqual(
        outcomes.map(({ ok }) => ok),
        [false, true, false],
      );
    },
    { maxTopics: 1 },
  );
}
