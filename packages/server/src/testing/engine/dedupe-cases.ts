import assert from "node:assert/strict";
import type { AppendOutcome } from "../../log/engine.js";
import { codeOf, offsetOf } from "./engine-log.js";
import type { ThemeContext } from "./theme.js";

/** A retry is not a second event. */
export function dedupeCases({ test, isPersistent, countsIds }: ThemeContext): void {
  test("answers a known id with the first event's place", async (log) => {
    const [first] = await log.append({ topic: "a", value: 1, id: "x" });
    const time = log.now;
    log.now += 500;
    await log.add("a", 2);
    const [again] = await log.append({ topic: "a", value: 1, id: "x" });
    assert.deepEqual(again, { ok: true, offset: offsetOf(first), time, duplicate: true });
    assert.deepEqual(await log.values("a"), [1, 2]);
    assert.equal((await log.read("a"))[0]?.id, "x");
  });

  test("refuses a known id with other content", async (log) => {
    await log.add("a", 1, { id: "x" });
    const [conflict] = await log.append({ topic: "a", value: 2, id: "x" });
    assert.equal(codeOf(conflict), "EVENT_ID_CONFLICT");
    // The first content is still the one.
    const [again] = await log.append({ topic: "a", value: 1, id: "x" });
    assert.ok(again?.ok && again.duplicate);
    assert.deepEqual(await log.values(">"), [1]);
  });

  test("goes by the hash, not by the stored bytes", async (log) => {
    const offset = await log.add("a", { at: "default of the first try" }, { id: "x", contentHash: "same" });
    const [again] = await log.append({ topic: "a", value: { at: "other" }, id: "x", contentHash: "same" });
    assert.ok(again?.ok && again.duplicate && again.offset === offset);
  });

  test("keeps the ids of topics apart", async (log) => {
    await log.add("a", 1, { id: "x" });
    await log.add("a.x", 2, { id: "x" });
    await log.add("b", 3, { id: "x" });
    await log.add("b", 4, { id: "a x" });
    await log.add("b", 5, { id: "" });
    assert.deepEqual(await log.values(">"), [1, 2, 3, 4, 5]);
  });

  test("lets duplicates that come at once share one outcome", async (log) => {
    const draft = { topic: "a", value: 1, id: "x" };
    const calls = [log.append(draft, draft), log.append(draft), log.append({ topic: "b" }, draft)];
    await new Promise(setImmediate);
    calls.push(log.append(draft), log.append(draft, { ...draft, value: 2 }));
    const answers = (await Promise.all(calls)).map((outcomes) => outcomes);
    const same = [
      answers[0]?.[0],
      answers[0]?.[1],
      answers[1]?.[0],
      answers[2]?.[1],
      answers[3]?.[0],
      answers[4]?.[0],
    ];
    const offset = offsetOf(same[0]);
    for (const outcome of same) assert.equal(offsetOf(outcome), offset);
    assert.deepEqual(
      same.map((outcome) => outcome?.ok === true && outcome.duplicate),
      [false, true, true, true, true, true],
    );
    assert.equal(codeOf(answers[4]?.[1]), "EVENT_ID_CONFLICT");
    assert.deepEqual(await log.values("a"), [1]);
  });

  test(
    "forgets an id when its time is over",
    async (log) => {
      const first = await log.add("a", 1, { id: "x" });
      log.now += 999;
      const [inside] = await log.append({ topic: "a", value: 1, id: "x" });
      assert.ok(inside?.ok && inside.duplicate && inside.offset === first);
      log.now += 1;
      const [outside] = await log.append({ topic: "a", value: 2, id: "x" });
      assert.ok(outside?.ok && !outside.duplicate && outside.offset > first);
      // The new event's window begins anew.
      log.now += 999;
      const [again] = await log.append({ topic: "a", value: 2, id: "x" });
      assert.ok(again?.ok && again.duplicate && again.offset === outside.offset);
    },
    { dedupe: { windowMs: 1_000, maxIds: 1_000 } },
  );

  test(
    countsIds ? "forgets the oldest ids past their count" : "forgets no id for their count",
    async (log) => {
      for (let index = 0; index < 15; index++) await log.add("a", index, { id: `id-${index}` });
      const known = async (index: number): Promise<boolean> => {
        const [outcome] = await log.append({
          topic: "a",
          value: "other",
          id: `id-${index}`,
          expectedOffset: 1e9,
        });
        return codeOf(outcome) === "EVENT_ID_CONFLICT";
      };
      for (let index = 0; index < 15; index++)
        assert.equal(await known(index), !countsIds || index >= 5, `id-${index}`);
    },
    { dedupe: { windowMs: 60_000, maxIds: 10 } },
  );

  test("keeps the id of a trimmed event", async (log) => {
    const offset = await log.add("a", 1, { id: "x" });
    await log.engine.trim("a", offset);
    const [again] = await log.append({ topic: "a", value: 1, id: "x" });
    assert.ok(again?.ok && again.duplicate && again.offset === offset);
    const [conflict] = await log.append({ topic: "a", value: 2, id: "x" });
    assert.equal(codeOf(conflict), "EVENT_ID_CONFLICT");
    assert.deepEqual(await log.values("a"), []);
  });

  test("checks the id before the expected offset", async (log) => {
    const offset = await log.add("a", 1, { id: "x", expectedOffset: 0 });
    await log.add("a", 2);
    const [retry] = await log.append({ topic: "a", value: 1, id: "x", expectedOffset: 0 });
    assert.ok(retry?.ok && retry.duplicate && retry.offset === offset);
    const [conflict] = await log.append({ topic: "a", value: 3, id: "x", expectedOffset: 0 });
    assert.equal(codeOf(conflict), "EVENT_ID_CONFLICT");
  });

  test("does not remember the id of an entry that it refused", async (log) => {
    const outcomes = await log.append(
      { topic: "a", value: 1, id: "x", expectedOffset: 77 },
      { topic: "a", value: 2, id: "x" },
    );
    assert.equal(codeOf(outcomes[0]), "OFFSET_MISMATCH");
    assert.ok(outcomes[1]?.ok && !outcomes[1].duplicate);
    assert.deepEqual(await log.values("a"), [2]);
  });

  test("tells ids apart to the last character, whatever they are made of", async (log) => {
    const ids = [
      "é",
      "e\u0301",
      "日本",
      "😀",
      "😁",
      "a\nb",
      "a b",
      " a",
      "x".repeat(254) + "y",
      "x".repeat(255),
      "\u0000",
    ];
    for (const [value, id] of ids.entries()) await log.add("a", value, { id });
    if (isPersistent) await log.reopen();
    assert.deepEqual(
      (await log.read("a")).map(({ id }) => id),
      ids,
    );
    for (const [value, id] of ids.entries()) {
      const [again] = await log.append({ topic: "a", value, id });
      assert.ok(again?.ok && again.duplicate, JSON.stringify(id));
    }
  });

  test(
    "says how far back it remembers every id",
    async (log) => {
      assert.equal(log.engine.dedupeReach(), 1_000);
      for (let index = 0; index < 10; index++) {
        await log.append({ topic: "a", value: index, id: `id-${index}` });
        log.now += 50;
      }
      if (!countsIds) {
        assert.equal(log.engine.dedupeReach(), 1_000);
        return;
      }
      // Ids 5 to 9 are known: those of less than 300 ms ago, when id 4 was given.
      assert.ok(log.engine.dedupeReach() <= 300);
      assert.ok(log.engine.dedupeReach() >= 250);
      if (isPersistent) {
        await log.reopen();
        assert.ok(log.engine.dedupeReach() <= 300);
        assert.ok(log.engine.dedupeReach() >= 250);
      }
      log.now += 400;
      const reach = log.engine.dedupeReach();
      assert.ok(reach >= 650 && reach <= 700);
      log.now += 1_000;
      assert.equal(log.engine.dedupeReach(), 1_000);
    },
    { dedupe: { windowMs: 1_000, maxIds: 5 } },
  );

  if (isPersistent) {
    test("remembers ids over restarts", async (log) => {
      const first = await log.add("a", 1, { id: "x" });
      const time = log.now;
      log.now += 1_000;
      await log.reopen();
      await log.append({ topic: "b", id: "y", value: 1 }, { topic: "a", id: "y", value: 1 }, { topic: "a" });
      await log.engine.trim("a", first);
      await log.reopen();
      const [again] = await log.append({ topic: "a", value: 1, id: "x" });
      assert.deepEqual(again, { ok: true, offset: first, time, duplicate: true });
      const [conflict, same] = await log.append(
        { topic: "a", value: 2, id: "y" },
        { topic: "b", value: 1, id: "y" },
      );
      assert.equal(codeOf(conflict), "EVENT_ID_CONFLICT");
      assert.ok(same?.ok && same.duplicate);
    });

    test(
      "keeps to the window's bounds over restarts",
      async (log) => {
        const outcomes: AppendOutcome[] = [];
        for (let index = 0; index < 24; index++) {
          outcomes.push(...(await log.append({ topic: "a", value: index, id: `id-${index}` })));
          log.now += 50;
          if (index % 5 === 4) await log.reopen();
        }
        await log.reopen();
        // By count the last ten are known; by time those of the last 400 ms, the last seven.
        for (let index = 0; index < 24; index++) {
          const [again] = await log.append({
            topic: "a",
            value: "other",
            id: `id-${index}`,
            expectedOffset: 1e9,
          });
          assert.equal(codeOf(again), index >= 17 ? "EVENT_ID_CONFLICT" : "OFFSET_MISMATCH", `id-${index}`);
        }
      },
      { dedupe: { windowMs: 400, maxIds: 10 } },
    );
  }
}
