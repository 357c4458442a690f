import assert from "node:assert/strict";
import { storedSize } from "../../log/stored-event.js";
import type { EngineLog } from "./engine-log.js";
import type { ThemeContext } from "./theme.js";
import { eventually, until } from "./until.js";

/** What retention keeps and what it lets go, and that the marks say so. */
export function retentionCases({ test, isPersistent }: ThemeContext): void {
  test(
    "keeps the newest maxEvents",
    async (log) => {
      const offsets = await log.fill("a", 25);
      const others = await log.fill("b", 25);
      await log.untilCount("a", 10);
      assert.deepEqual(await log.offsets("a"), offsets.slice(-10));
      assert.equal(await log.trimmedThrough("a"), offsets[14]);
      assert.deepEqual(await log.offsets("b"), others);
      assert.equal(await log.trimmedThrough("b"), 0);
      for (let more = 0; more < 15; more++) offsets.push(await log.add("a"));
      await log.untilCount("a", 10);
      assert.deepEqual(await log.offsets("a"), offsets.slice(-10));
      assert.equal(await log.trimmedThrough("a"), offsets.at(-11));
    },
    { retention: { a: { maxEvents: 10 } } },
  );

  test(
    "keeps exactly maxEvents, and does not trim below",
    async (log) => {
      const offsets = await log.fill("a", 10);
      await log.fill("b", 40);
      await log.untilCount("b", 5);
      assert.deepEqual(await log.offsets("a"), offsets);
      assert.equal(await log.trimmedThrough("a"), 0);
    },
    { retention: { a: { maxEvents: 10 }, b: { maxEvents: 5 } } },
  );

  test(
    "keeps what is not older than maxAge",
    async (log) => {
      const offsets: number[] = [];
      for (let step = 0; step < 5; step++) {
        offsets.push(...(await log.fill("a", 2)));
        await log.add("b");
        log.now += 1_000;
      }
      // Five steps lie between 5,000 and 1,000 ms back.
      log.now -= 1_000;
      await log.untilCount("a", 6);
      assert.deepEqual(await log.offsets("a"), offsets.slice(4));
      assert.equal(await log.trimmedThrough("a"), offsets[3]);
      log.now += 60_000;
      await log.untilCount("a", 0);
      assert.equal(await log.trimmedThrough("a"), offsets[9]);
      assert.equal(await log.count("b"), 5);
    },
    { retention: { a: { maxAge: 2_500 } } },
  );

  test(
    "keeps the newest events that fit into maxBytes",
    async (log) => {
      for (let index = 0; index < 30; index++) await log.add("a", "x".repeat(10 + index * 3));
      const offsets = await log.fill("b", 3);
      await until(
        async () => ((await log.engine.topic("a"))?.bytes ?? 0) <= 1_000,
        "a fits into 1,000 bytes",
      );
      const events = await log.read("a");
      const bytes = events.reduce((sum, event) => sum + storedSize(event), 0);
      assert.ok(bytes <= 1_000);
      // One more of the events before would not fit: they are at most 3 bytes smaller than the first kept.
      assert.ok(bytes + storedSize(events[0] as (typeof events)[0]) - 3 > 1_000);
      assert.equal((await log.engine.topic("a"))?.bytes, bytes);
      assert.ok((await log.trimmedThrough("a")) < (events[0]?.offset as number));
      assert.deepEqual(await log.offsets("b"), offsets);
    },
    { retention: { a: { maxBytes: 1_000 } } },
  );

  test(
    "goes by the strictest of several limits",
    async (log) => {
      await log.fill("a", 50);
      await log.untilCount("a", 20);
      log.now += 10_000;
      await log.fill("a", 5);
      await log.untilCount("a", 5);
      assert.deepEqual(await log.values("a"), [1, 2, 3, 4, 5]);
    },
    { retention: { a: { maxEvents: 20, maxAge: 5_000, maxBytes: 1_000_000 } } },
  );

  test(
    "trims many topics",
    async (log) => {
      const topics = Array.from({ length: 60 }, (_, index) => `t.${index}`);
      for (let round = 0; round < 8; round++)
        await log.append(...topics.map((topic) => ({ topic, value: round })));
      await until(async () => {
        const states = await Promise.all(topics.map((topic) => log.count(topic)));
        return states.every((count) => count === 3);
      }, "every topic has 3 events");
      assert.equal((await log.read("t.*")).length, 180);
      for (const topic of topics) assert.deepEqual(await log.values(topic), [5, 6, 7]);
    },
    {
      retention: Object.fromEntries(
        Array.from({ length: 60 }, (_, index) => [`t.${index}`, { maxEvents: 3 }]),
      ),
    },
  );

  const checkLog = async (log: EngineLog, maxLogBytes: number): Promise<void> => {
    const sizeNow = async (): Promise<number> =>
      (await log.read(">")).reduce((sum, event) => sum + storedSize(event), 0);
    await until(async () => (await sizeNow()) <= maxLogBytes, `the log fits into ${maxLogBytes} bytes`);
    // An engine may count more than the events for its bound, and trim on while this looks.
    await eventually(() => checkKept(log));
  };

  const checkKept = async (log: EngineLog): Promise<void> => {
    const kept = await log.read(">");
    assert.ok(kept.length > 0);
    assert.equal(kept.at(-1)?.offset, await log.engine.tail());
    const { topics } = await log.engine.topics({ prefix: "", after: "", limit: 1_000 });
    for (const { topic, count, trimmedThrough, lastOffset, firstOffset } of topics) {
      const own = kept.filter((event) => event.topic === topic);
      assert.equal(own.length, count);
      assert.equal(own[0]?.offset, firstOffset);
      assert.ok(trimmedThrough < (own[0]?.offset ?? Number.POSITIVE_INFINITY));
      if (count === 0) assert.equal(trimmedThrough, lastOffset);
    }
    // The oldest of the whole log went: nothing that was trimmed is newer than what was kept.
    const newestTrim = Math.max(...topics.map(({ trimmedThrough }) => trimmedThrough));
    assert.ok(newestTrim < (kept[0]?.offset as number));
  };

  test(
    "trims the oldest of the whole log past its bound",
    async (log) => {
      await log.add("early");
      for (let round = 0; round < 40; round++) {
        await log.append({ topic: "a", value: "x".repeat(500) }, { topic: "b", value: "y".repeat(200) });
      }
      await checkLog(log, 20_000);
      assert.equal(await log.count("early"), 0);
      assert.ok((await log.count("a")) > 10);
      if (!isPersistent) return;
      await log.reopen();
      for (let round = 0; round < 40; round++) await log.add("b", "z".repeat(300));
      await checkLog(log, 20_000);
    },
    { maxLogBytes: 20_000 },
  );

  if (isPersistent) {
    test("applies a retention that was changed between two starts", async (log) => {
      const offsets = await log.fill("a", 30);
      await log.reopen({ retention: { a: { maxEvents: 7 } } });
      await log.untilCount("a", 7);
      assert.deepEqual(await log.offsets("a"), offsets.slice(-7));
      assert.equal(await log.trimmedThrough("a"), offsets[22]);
      await log.reopen({ retention: {} });
      await log.fill("a", 30);
      assert.equal(await log.count("a"), 37);
      assert.equal(await log.trimmedThrough("a"), offsets[22]);
    });

    test("trims by age what grew old while it was closed", async (log) => {
      await log.fill("a", 5);
      await log.engine.close();
      log.now += 10_000;
      await log.open({ retention: { a: { maxAge: 5_000 } } });
      await log.untilCount("a", 0);
    });
  }
}
