import assert from "node:assert/strict";
import type { EngineLog } from "./engine-log.js";
import type { ThemeContext } from "./theme.js";

/** What was trimmed is gone, and known exactly. */
export function gapCases({ test, isPersistent }: ThemeContext): void {
  test("trims a topic through an offset, and nothing else", async (log) => {
    await log.fill("a", 4);
    await log.fill("b", 2);
    await log.fill("a", 4);
    const [a, b] = [await log.offsets("a"), await log.offsets("b")];
    assert.equal(await log.engine.trim("a", a[2] as number), 3);
    assert.deepEqual(await log.offsets("a"), a.slice(3));
    assert.deepEqual(await log.offsets("b"), b);
    assert.deepEqual(await log.offsets(">"), [...a.slice(3, 4), ...b, ...a.slice(4)]);
    const state = await log.engine.topic("a");
    assert.equal(state?.count, 5);
    assert.equal(state?.firstOffset, a[3]);
    assert.equal(state?.lastOffset, a[7]);
    assert.equal(state?.trimmedThrough, a[2]);
    assert.equal((await log.engine.topic("b"))?.trimmedThrough, 0);
  });

  test("trims nothing twice, and nothing that is not there", async (log) => {
    const offsets = await log.fill("a", 4);
    assert.equal(await log.engine.trim("none", 100), 0);
    assert.equal(await log.engine.topic("none"), undefined);
    assert.equal(await log.engine.trim("a", 0), 0);
    assert.equal(await log.engine.trim("a", offsets[1] as number), 2);
    assert.equal(await log.engine.trim("a", offsets[1] as number), 0);
    assert.equal(await log.engine.trim("a", offsets[0] as number), 0);
    assert.equal(await log.trimmedThrough("a"), offsets[1]);
    assert.deepEqual(await log.offsets("a"), offsets.slice(2));
  });

  test("marks the newest trimmed event of the topic, not the offset that was asked for", async (log) => {
    const offsets = await log.fill("a", 2);
    await log.fill("b", 3);
    const last = await log.add("a");
    assert.equal(await log.engine.trim("a", last - 1), 2);
    assert.equal(await log.trimmedThrough("a"), offsets[1]);
    assert.equal(await log.engine.trim("a", last + 1_000), 1);
    assert.equal(await log.trimmedThrough("a"), last);
  });

  test("reports a gap only to a reader who asked for what is gone", async (log) => {
    await log.fill("a", 3);
    await log.fill("b", 3);
    const a = await log.offsets("a");
    await log.engine.trim("a", a[1] as number);
    const tail = await log.engine.tail();
    for (let after = 0; after <= tail; after++) {
      const mark = after < (a[1] as number) ? a[1] : 0;
      for (const selection of ["a", "*", ">"]) {
        assert.equal(await log.trimmedThrough(selection, after), mark, `${selection} after ${after}`);
        assert.equal(
          (await log.page(selection, after)).lastTrim,
          mark === 0 ? 0 : await log.engine.lastTrim(),
          `${selection} after ${after}`,
        );
      }
      for (const selection of ["b", "b.*", "none"]) {
        assert.equal(await log.trimmedThrough(selection, after), 0);
        assert.equal((await log.page(selection, after)).lastTrim, 0);
      }
    }
  });

  test("takes the newest mark of all the topics that a pattern selects", async (log) => {
    await log.fill("a.x", 3);
    await log.fill("a.y", 3);
    await log.fill("b", 3);
    const [x, y, b] = [await log.offsets("a.x"), await log.offsets("a.y"), await log.offsets("b")];
    await log.engine.trim("a.y", y[0] as number);
    await log.engine.trim("a.x", x[2] as number);
    assert.equal(await log.trimmedThrough("a.*"), y[0]);
    assert.equal(await log.trimmedThrough("a.x"), x[2]);
    assert.equal(await log.trimmedThrough("a.*", x[2] as number), y[0]);
    assert.equal(await log.trimmedThrough("a.*", y[0] as number), 0);
    await log.engine.trim("b", b[1] as number);
    assert.equal(await log.trimmedThrough("a.*"), y[0]);
    assert.equal(await log.trimmedThrough(">"), b[1]);
  });

  test("numbers trims, so that a reader knows those made since from those before", async (log) => {
    await log.fill("a.x", 4);
    await log.fill("a.y", 4);
    await log.fill("b", 1);
    const [x, y, b] = [await log.offsets("a.x"), await log.offsets("a.y"), await log.offsets("b")];
    const lastTrim = async (selection: string, after: number): Promise<number> =>
      (await log.page(selection, after)).lastTrim;
    assert.equal(await log.engine.lastTrim(), 0);
    await log.engine.trim("a.y", y[2] as number);
    const known = await log.engine.lastTrim();
    assert.ok(known > 0);
    assert.equal(await lastTrim("a.*", 0), known);
    // Older events of another topic: the newest trimmed event of the pattern stays the same.
    await log.engine.trim("a.x", x[1] as number);
    const next = await log.engine.lastTrim();
    assert.ok(next > known);
    assert.equal(await lastTrim("a.*", 0), next);
    assert.equal(await lastTrim("a.y", 0), known);
    assert.equal(await lastTrim("a.*", x[1] as number), known);
    assert.equal(await lastTrim("a.*", y[2] as number), 0);
    await log.engine.trim("b", b[0] as number);
    assert.equal(await lastTrim("a.*", 0), next);
    assert.ok((await log.engine.lastTrim()) > next);
    if (!isPersistent) return;
    await log.reopen();
    // What a reader knew of trims does not outlive the engine: all of them are told.
    for (const selection of ["a.x", "a.y", "a.*", "b", ">"]) assert.ok((await lastTrim(selection, 0)) > 0);
    assert.equal(await lastTrim("a.x", x[1] as number), 0);
    assert.equal(await lastTrim("none", 0), 0);
  });

  const checkEmptied = async (log: EngineLog, last: number): Promise<void> => {
    const state = await log.engine.topic("a");
    assert.equal(state?.firstOffset, undefined);
    assert.equal(state?.lastOffset, last);
    assert.equal(state?.count, 0);
    assert.equal(state?.bytes, 0);
    assert.equal(state?.trimmedThrough, last);
    assert.deepEqual(await log.offsets("a"), []);
    assert.equal(await log.trimmedThrough("a"), last);
    assert.equal(await log.trimmedThrough("a", last), 0);
    assert.equal(await log.trimmedThrough(">"), last);
    assert.equal(await log.engine.trim("a", last), 0);
  };

  test("keeps the mark of a topic that was emptied", async (log) => {
    const offsets = await log.fill("a", 5);
    const last = offsets[4] as number;
    assert.equal(await log.engine.trim("a", last), 5);
    await checkEmptied(log, last);
    await log.fill("b", 50);
    await checkEmptied(log, last);
    if (isPersistent) {
      await log.reopen();
      await checkEmptied(log, last);
      assert.equal(await log.engine.tail(), (await log.offsets("b")).at(-1));
    }
    const next = await log.add("a");
    assert.deepEqual(await log.offsets("a"), [next]);
    assert.equal((await log.engine.topic("a"))?.firstOffset, next);
    assert.equal(await log.trimmedThrough("a"), last);
  });

  test("never uses an offset again when everything was trimmed", async (log) => {
    const offsets = await log.fill("a", 5);
    await log.engine.trim("a", offsets[4] as number);
    if (isPersistent) await log.reopen();
    assert.equal(await log.engine.tail(), offsets[4]);
    assert.ok((await log.add("b")) > (offsets[4] as number));
  });

  test("trims while it is read and written", async (log) => {
    let trimmed = 0;
    let knownTrim = 0;
    for (let round = 0; round < 25; round++) {
      const [, offsets] = await Promise.all([log.fill("b", 4), log.fill("a", 6), log.page(">")]);
      const through = (offsets.at(-3) as number) - 1;
      const [count, page] = await Promise.all([log.engine.trim("a", through), log.page("a")]);
      trimmed += count;
      // Before the trim or after it, never in the middle of it.
      const isTrimmed = (page.events[0]?.offset as number) > through;
      assert.equal(page.lastTrim > knownTrim, isTrimmed);
      knownTrim = await log.engine.lastTrim();
    }
    assert.equal(await log.count("a"), 150 - trimmed);
    assert.equal((await log.offsets("a")).length, 150 - trimmed);
    assert.equal((await log.offsets("b")).length, 100);
  });

  if (isPersistent) {
    test("keeps what it trimmed trimmed, over restarts", async (log) => {
      for (let round = 0; round < 6; round++) {
        await log.fill("a", 6);
        await log.fill("b", 3);
        const a = await log.offsets("a");
        await log.engine.trim("a", a[3] as number);
        const before = [await log.engine.topic("a"), await log.engine.topic("b")];
        const events = await log.read(">");
        await log.reopen();
        assert.deepEqual([await log.engine.topic("a"), await log.engine.topic("b")], before);
        assert.deepEqual(await log.read(">"), events);
        assert.equal(await log.trimmedThrough("a"), a[3]);
        assert.equal(await log.trimmedThrough("b"), 0);
      }
    });
  }
}
