import assert from "node:assert/strict";
import type { AppendOutcome } from "../../log/engine.js";
import { Selection } from "../../log/selection.js";
import { offsetOf, type EngineLog, type EntryDraft } from "./engine-log.js";
import type { ThemeContext } from "./theme.js";

const OTHER = "otherlog";

/** An event of another log: its value is its offset there. */
function from(offset: number, time: number, more: Partial<EntryDraft> = {}): EntryDraft {
  return { topic: "a", value: offset, origin: { epoch: OTHER, offset, time }, ...more };
}

/** What each entry became: its value is stored, or it is a duplicate. */
function kindsOf(outcomes: readonly AppendOutcome[]): string[] {
  return outcomes.map((outcome) => (!outcome.ok ? "refused" : outcome.duplicate ? "duplicate" : "stored"));
}

async function timesOf(log: EngineLog): Promise<number[]> {
  return (await log.read(">")).map(({ time }) => time);
}

/** Imported events, each once, with their times. An engine that cannot import has nothing to show. */
export function importCases({ test, isPersistent }: ThemeContext): void {
  const testImport = (name: string, run: (log: EngineLog) => Promise<void>): void =>
    test(name, async (log) => {
      if (log.engine.canImport === true) await run(log);
    });

  testImport("keeps the times of what is imported, and finds events by them", async (log) => {
    const start = log.now - 1_000_000;
    const drafts = [0, 0, 5, 5, 9, 400].map((step, index) => from(index + 1, start + step));
    await log.append(...drafts);
    assert.deepEqual(
      (await timesOf(log)).map((time) => time - start),
      [0, 0, 5, 5, 9, 400],
    );
    assert.deepEqual(await log.values("a"), [1, 2, 3, 4, 5, 6]);
    for (const [time, position] of [
      [start, 0],
      [start + 1, 2],
      [start + 9, 4],
      [start + 10, 5],
    ] as const) {
      const found = await log.engine.positionAtTime(new Selection("a"), time);
      assert.deepEqual(await log.values("a", found), [1, 2, 3, 4, 5, 6].slice(position));
    }
    const last = await log.engine.topic("a");
    assert.equal(last?.lastTime, start + 400);
  });

  testImport("never goes back in time, nor ahead of the clock", async (log) => {
    await log.add("b", "own");
    const own = log.now;
    log.now += 50;
    const outcomes = await log.append(
      from(1, own - 5),
      from(2, own + 20),
      from(3, own + 10),
      from(4, own + 999),
    );
    const expected = [own, own + 20, own + 20, own + 50];
    assert.deepEqual(
      outcomes.map((outcome) => outcome.ok && outcome.time),
      expected,
    );
    assert.deepEqual(await timesOf(log), [own, ...expected]);
    await log.add("b", "own");
    assert.equal((await timesOf(log)).at(-1), own + 50);
  });

  testImport("stores nothing twice: within a call, over calls, and from the middle", async (log) => {
    const time = log.now - 10_000;
    assert.deepEqual(kindsOf(await log.append(from(3, time), from(7, time), from(7, time))), [
      "stored",
      "stored",
      "duplicate",
    ]);
    log.now += 86_400_000;
    assert.deepEqual(kindsOf(await log.append(from(3, time), from(7, time), from(8, time + 1))), [
      "duplicate",
      "duplicate",
      "stored",
    ]);
    assert.deepEqual(await log.values(">"), [3, 7, 8]);
  });

  testImport("knows each topic's and each log's events apart", async (log) => {
    const time = log.now;
    await log.append(from(5, time));
    const outcomes = await log.append(
      from(4, time, { topic: "b" }),
      from(2, time, { origin: { epoch: "elsewher", offset: 2, time } }),
      from(5, time, { topic: "b" }),
      from(5, time),
    );
    assert.deepEqual(kindsOf(outcomes), ["stored", "stored", "stored", "duplicate"]);
    assert.deepEqual(await log.values(">"), [5, 4, 2, 5]);
  });

  testImport("takes an id that the other log has used twice, and remembers a recent one", async (log) => {
    const old = log.now - 1_000_000;
    const id = "same";
    const outcomes = await log.append(
      from(1, old, { id }),
      from(2, old + 500_000, { id }),
      from(3, log.now, { id }),
    );
    assert.deepEqual(kindsOf(outcomes), ["stored", "stored", "stored"]);
    const [again] = await log.append({ topic: "a", value: 3, id });
    assert.equal(again?.ok && again.duplicate, true);
    assert.equal(offsetOf(again), offsetOf(outcomes[2]));
  });

  testImport("has trimmed events for imported all the same", async (log) => {
    const time = log.now;
    await log.append(from(1, time), from(2, time));
    await log.engine.trim("a", await log.engine.tail());
    assert.deepEqual(kindsOf(await log.append(from(1, time), from(2, time), from(3, time))), [
      "duplicate",
      "duplicate",
      "stored",
    ]);
    assert.deepEqual(await log.values("a"), [3]);
  });

  if (!isPersistent) return;
  testImport("remembers over a restart what was imported, and its times and ids", async (log) => {
    const start = log.now - 60_000;
    const drafts = Array.from({ length: 40 }, (_, index) =>
      from(index + 1, start + 7 * Math.floor(index / 3), { topic: `t.${index % 3}`, id: `id-${index}` }),
    );
    await log.append(...drafts);
    const before = await log.read(">");
    await log.reopen();
    assert.deepEqual(await log.read(">"), before);
    assert.deepEqual(new Set(kindsOf(await log.append(...drafts))), new Set(["duplicate"]));
    const [again] = await log.append({ topic: "t.0", value: 37, id: "id-36" });
    assert.equal(again?.ok && again.duplicate, true);
    assert.deepEqual(
      await log.values(">"),
      before.map(({ offset }) => offset),
    );
  });
}
