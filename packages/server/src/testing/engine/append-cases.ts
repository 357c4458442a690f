import assert from "node:assert/strict";
import type { StoredEvent } from "../../log/stored-event.js";
import { codeOf, offsetOf, valueOf } from "./engine-log.js";
import type { ThemeContext } from "./theme.js";

/** Order, offsets, times, and what is known of topics. */
export function appendCases({ test, isPersistent }: ThemeContext): void {
  test("starts empty", async (log) => {
    assert.equal(await log.engine.tail(), 0);
    assert.equal(await log.engine.topic("a"), undefined);
    assert.deepEqual(await log.engine.topics({ prefix: "", after: "", limit: 10 }), {
      topics: [],
      more: false,
    });
    assert.deepEqual(await log.page("a"), { events: [], through: 0, atTail: true, lastTrim: 0 });
    assert.deepEqual(await log.page(">"), { events: [], through: 0, atTail: true, lastTrim: 0 });
  });

  test("answers no entries with no outcomes", async (log) => {
    assert.deepEqual(await log.engine.append([]), []);
    assert.equal(await log.engine.tail(), 0);
  });

  test("gives offsets from 1 that grow over all topics", async (log) => {
    const outcomes = await log.append({ topic: "a" }, { topic: "b" }, { topic: "a" });
    const offsets = [...outcomes.map(offsetOf), await log.add("c"), await log.add("a")];
    assert.ok(offsets.every(Number.isSafeInteger));
    assert.ok((offsets[0] as number) >= 1);
    assert.deepEqual(
      offsets,
      [...new Set(offsets)].toSorted((a, b) => a - b),
    );
    assert.equal(await log.engine.tail(), offsets.at(-1));
    assert.deepEqual(await log.offsets(">"), offsets);
    assert.deepEqual(await log.offsets("a"), [offsets[0], offsets[2], offsets[4]]);
  });

  test("keeps the order of the entries of a call, and of calls that do not wait for each other", async (log) => {
    const calls: Promise<unknown>[] = [];
    const expected: number[] = [];
    for (let call = 0; call < 60; call++) {
      const drafts = Array.from({ length: 1 + (call % 5) }, (_, index) => call * 10 + index);
      expected.push(...drafts);
      calls.push(log.append(...drafts.map((value) => ({ topic: value % 2 === 0 ? "even" : "odd", value }))));
      // Some calls come while an earlier commit is being written.
      if (call % 7 === 0) await new Promise(setImmediate);
    }
    await Promise.all(calls);
    assert.deepEqual(await log.values(">"), expected);
    assert.deepEqual(
      await log.values("even"),
      expected.filter((value) => value % 2 === 0),
    );
  });

  test("answers each entry on its own, in order", async (log) => {
    const outcomes = await log.append(
      { topic: "a", value: 1 },
      { topic: "a", value: 2, expectedOffset: 999 },
      { topic: "b", value: 3, id: "x" },
      { topic: "b", value: 4, id: "x" },
      { topic: "b", value: 3, id: "x" },
      { topic: "a", value: 5 },
    );
    assert.equal(outcomes.length, 6);
    assert.equal(codeOf(outcomes[1]), "OFFSET_MISMATCH");
    assert.equal(codeOf(outcomes[3]), "EVENT_ID_CONFLICT");
    assert.equal(offsetOf(outcomes[4]), offsetOf(outcomes[2]));
    assert.deepEqual(await log.values(">"), [1, 3, 5]);
    assert.deepEqual(await log.offsets(">"), [outcomes[0], outcomes[2], outcomes[5]].map(offsetOf));
  });

  test("says in the outcome what it stored", async (log) => {
    const [outcome] = await log.append({ topic: "a" });
    assert.ok(outcome?.ok);
    assert.deepEqual(outcome, { ok: true, offset: outcome.offset, time: log.now, duplicate: false });
    const [event] = await log.read("a");
    assert.equal(event?.offset, outcome.offset);
    assert.equal(event?.time, outcome.time);
  });

  test("never goes back in time when the clock does", async (log) => {
    const start = log.now;
    for (const step of [0, 50, -100_000, 10, 60, -1]) {
      log.now = start + step;
      await log.append({ topic: "a", value: step }, { topic: "b", value: step });
    }
    const times = (await log.read(">")).map(({ time }) => time - start);
    assert.deepEqual(times, [0, 0, 50, 50, 50, 50, 50, 50, 60, 60, 60, 60]);
  });

  if (isPersistent) {
    test("never goes back in time when the clock does, over a restart", async (log) => {
      const start = log.now;
      await log.add("a", 1);
      log.now = start - 50_000;
      await log.reopen();
      await log.add("b", 2);
      await log.reopen();
      await log.add("a", 3);
      assert.deepEqual(
        (await log.read(">")).map(({ time }) => time),
        [start, start, start],
      );
    });
  }

  test("tells what it knows of a topic", async (log) => {
    const [first] = await log.fill("a", 3);
    await log.add("b");
    log.now += 5;
    const last = await log.add("a", "four");
    const events = await log.read("a");
    const state = await log.engine.topic("a");
    assert.deepEqual(state, {
      topic: "a",
      firstOffset: first,
      lastOffset: last,
      lastTime: log.now,
      count: 4,
      bytes: sizeOf(events),
      trimmedThrough: 0,
    });
    assert.equal((await log.engine.topic("b"))?.count, 1);
    assert.equal(await log.engine.topic("c"), undefined);
  });

  test("lists topics by name, in pages, by prefix", async (log) => {
    for (const topic of ["b.x", "a", "c", "b", "b.y", "b.x.z", "bb", "B"]) await log.add(topic);
    const list = async (prefix: string, after: string, limit: number): Promise<unknown> => {
      const { topics, more } = await log.engine.topics({ prefix, after, limit });
      return [topics.map(({ topic }) => topic), more];
    };
    assert.deepEqual(await list("", "", 100), [["B", "a", "b", "b.x", "b.x.z", "b.y", "bb", "c"], false]);
    assert.deepEqual(await list("", "", 3), [["B", "a", "b"], true]);
    assert.deepEqual(await list("", "b", 3), [["b.x", "b.x.z", "b.y"], true]);
    assert.deepEqual(await list("b.", "", 2), [["b.x", "b.x.z"], true]);
    assert.deepEqual(await list("b.", "b.x.z", 2), [["b.y"], false]);
    assert.deepEqual(await list("b.", "a", 3), [["b.x", "b.x.z", "b.y"], false]);
    assert.deepEqual(await list("b.", "zzz", 3), [[], false]);
    assert.deepEqual(await list("", "b.xx", 2), [["b.y", "bb"], true]);
    assert.deepEqual(await list("d", "", 2), [[], false]);
    const { topics } = await log.engine.topics({ prefix: "b.x", after: "", limit: 1 });
    assert.deepEqual(topics[0], await log.engine.topic("b.x"));
  });

  test("does not let go of, or change, what a reader holds", async (log) => {
    const held: StoredEvent[] = [];
    for (let round = 0; round < 30; round++) {
      await log.fill("a", 5);
      await log.add("b", "x".repeat(round * 500));
      held.push(...(await log.read(">", held.at(-1)?.offset)));
    }
    assert.equal(held.length, 180);
    for (const [index, event] of held.entries()) {
      const expected = index % 6 === 5 ? "x".repeat(Math.floor(index / 6) * 500) : (index % 6) + 1;
      assert.deepEqual(valueOf(event), expected);
    }
  });
}

function sizeOf(events: readonly StoredEvent[]): number {
  return events.reduce((sum, event) => sum + storedSizeOf(event), 0);
}

/** As `storedSize` is defined for retention: 64, the topic's name, the data. */
function storedSizeOf({ topic, json, meta }: StoredEvent): number {
  return 64 + topic.length + json.byteLength + (meta?.byteLength ?? 0);
}
