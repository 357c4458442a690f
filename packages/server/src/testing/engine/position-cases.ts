import assert from "node:assert/strict";
import type { EngineLog } from "./engine-log.js";
import type { ThemeContext } from "./theme.js";

const SELECTIONS = ["a", "b", "rare", "none", "a.*", "a.>", "*", ">", "none.>"];

/** Events of several topics at ten times, some in one commit. */
async function fillOverTime(log: EngineLog): Promise<void> {
  for (let step = 0; step < 10; step++) {
    log.now += 100;
    await log.append({ topic: "a", value: step }, { topic: "b" }, { topic: "a.x" }, { topic: "a" });
    if (step === 6) await log.add("rare");
    for (let more = 0; more < step % 3; more++) await log.append({ topic: "a.y.z" }, { topic: "b" });
  }
}

/** Starting after an offset, at a time, and so many events before the end. */
export function positionCases({ test, isPersistent }: ThemeContext): void {
  test("reads what comes after any offset", async (log) => {
    await fillOverTime(log);
    const tail = await log.engine.tail();
    for (const selection of SELECTIONS) {
      const all = await log.offsets(selection);
      for (let after = 0; after <= tail + 2; after++) {
        assert.deepEqual(
          await log.offsets(selection, after),
          all.filter((offset) => offset > after),
          `${selection} after ${after}`,
        );
      }
    }
  });

  test("reports the end of the log as the end of a page", async (log) => {
    await log.fill("a", 5);
    const tail = await log.add("b");
    assert.equal((await log.page("a")).through, tail);
    assert.equal((await log.page("none")).through, tail);
    assert.equal((await log.page(">", tail)).through, tail);
    assert.equal((await log.page("a", tail + 7)).through, tail + 7);
    assert.equal((await log.page(">", tail + 7)).through, tail + 7);
  });

  const checkTimes = async (log: EngineLog, from: number): Promise<void> => {
    const tail = await log.engine.tail();
    for (const selection of SELECTIONS) {
      const events = await log.read(selection);
      for (let time = from; time <= log.now + 150; time += 50) {
        const position = await log.positionAtTime(selection, time);
        const expected = events.filter((event) => event.time >= time).map(({ offset }) => offset);
        assert.deepEqual(await log.offsets(selection, position), expected, `${selection} at ${time - from}`);
        assert.ok(position <= tail, `${selection} at ${time - from}`);
      }
      assert.deepEqual(
        await log.offsets(selection, await log.positionAtTime(selection, 0)),
        events.map(({ offset }) => offset),
      );
    }
  };

  test("finds the first event at or after a time", async (log) => {
    const from = log.now;
    await fillOverTime(log);
    await checkTimes(log, from);
  });

  test("finds a time in what a trim has left", async (log) => {
    const from = log.now;
    await fillOverTime(log);
    const offsets = await log.offsets("a");
    await log.engine.trim("a", offsets[11] as number);
    await log.engine.trim("b", await log.engine.tail());
    await log.engine.trim("a.x", 20);
    await checkTimes(log, from);
  });

  test("starts at no later than the log's end when there is nothing at or after a time", async (log) => {
    assert.equal(await log.positionAtTime("a", log.now), 0);
    const tail = await log.add("a");
    for (const selection of ["none", "a", ">"]) {
      assert.equal(await log.positionAtTime(selection, log.now + 1), tail, selection);
      assert.ok((await log.positionAtTime(selection, 0)) <= tail, selection);
    }
  });

  const checkLast = async (log: EngineLog): Promise<void> => {
    for (const selection of SELECTIONS) {
      const all = await log.offsets(selection);
      for (const count of [0, 1, 2, 3, 5, 8, all.length - 1, all.length, all.length + 1, 1_000_000]) {
        if (count < 0) continue;
        const position = await log.positionOfLast(selection, count);
        const expected = count === 0 ? [] : all.slice(-count);
        assert.deepEqual(await log.offsets(selection, position), expected, `last ${count} of ${selection}`);
      }
    }
  };

  test("finds the last so many events", async (log) => {
    await checkLast(log);
    await fillOverTime(log);
    await checkLast(log);
  });

  test("finds the last so many events of what a trim has left", async (log) => {
    await fillOverTime(log);
    await log.engine.trim("a", (await log.offsets("a"))[7] as number);
    await log.engine.trim("b", (await log.offsets("b"))[0] as number);
    await checkLast(log);
    await log.engine.trim("a.x", await log.engine.tail());
    await log.engine.trim("rare", await log.engine.tail());
    await checkLast(log);
    await log.fill("a", 3);
    await checkLast(log);
  });

  if (isPersistent) {
    test("finds every position again after a restart", async (log) => {
      const from = log.now;
      await fillOverTime(log);
      await log.engine.trim("a", (await log.offsets("a"))[7] as number);
      await log.reopen();
      await checkTimes(log, from);
      await checkLast(log);
      await fillOverTime(log);
      await log.reopen();
      await checkTimes(log, from);
      await checkLast(log);
    });
  }
}
