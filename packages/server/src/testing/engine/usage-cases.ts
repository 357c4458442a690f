import assert from "node:assert/strict";
import type { ThemeContext } from "./theme.js";
import { until } from "./until.js";

/** What the log takes, and what an observer is told. */
export function usageCases({ test, isPersistent, sumsBytes }: ThemeContext): void {
  test("says what an empty log takes", async (log) => {
    const { fileBytes, ...usage } = await log.engine.usage();
    assert.deepEqual(usage, { events: 0, bytes: 0, topics: 0 });
    assert.equal(fileBytes === null || fileBytes > 0, true);
  });

  test("counts what is retained, as the topics say it", async (log) => {
    await log.fill("a", 5);
    await log.fill("b", 3);
    await log.engine.trim("a", 2);
    const expectUsage = async (): Promise<void> => {
      const { topics } = await log.engine.topics({ prefix: "", after: "", limit: 10 });
      const { events, bytes, topics: count } = await log.engine.usage();
      assert.equal(events, 6);
      const sum = topics.reduce((total, topic) => total + topic.bytes, 0);
      if (sumsBytes) assert.equal(bytes, sum);
      else assert.ok(bytes >= sum);
      assert.equal(count, 2);
    };
    await expectUsage();
    if (!isPersistent) return;
    await log.reopen();
    await expectUsage();
  });

  test("says that events can be stored", async (log) => {
    await log.engine.checkWritable();
    await log.add("a");
    await log.engine.checkWritable();
    assert.equal((await log.engine.usage()).events, 1);
  });

  test("tells its observer of commits", async (log) => {
    await log.fill("a", 3);
    await log.append({ topic: "a" }, { topic: "b", expectedOffset: 9 }, { topic: "b", id: "x" });
    await log.append({ topic: "b", id: "x" });
    const { committed, commits } = log.observed;
    assert.equal(committed, 5);
    assert.ok(commits >= 2 && commits <= 4, `${commits} commits`);
  });

  test(
    "tells its observer of what retention trims, and of what is asked for",
    async (log) => {
      await log.fill("a", 10);
      await log.fill("b", 4);
      await until(() => log.observed.trimmed.get("a") === 7, "retention has trimmed");
      const trimmed = await log.engine.trim("b", Number.MAX_SAFE_INTEGER);
      assert.equal(trimmed, 4);
      assert.deepEqual(Object.fromEntries(log.observed.trimmed), { a: 7, b: 4 });
    },
    { retention: { a: { maxEvents: 3 } } },
  );
}
