import assert from "node:assert/strict";
import { isRtmsgError } from "../../protocol/error.js";
import { Selection } from "../../log/selection.js";
import { ALL, entryOf, offsetOf, type EngineLog } from "./engine-log.js";
import type { ThemeContext } from "./theme.js";

/** Every call of the port that may be made at any time, and what it does. */
function callsOf({ engine }: EngineLog): Record<string, () => Promise<unknown>> {
  const [one, all] = [new Selection("a"), new Selection(">")];
  return {
    append: () => engine.append([entryOf({ topic: "a" })]),
    "append of nothing": () => engine.append([]),
    tail: () => engine.tail(),
    read: () => engine.read(one, 0, ALL),
    "read of a pattern": () => engine.read(all, 0, ALL),
    positionAtTime: () => engine.positionAtTime(one, 0),
    positionOfLast: () => engine.positionOfLast(one, 3),
    "positionOfLast of a pattern": () => engine.positionOfLast(all, 3),
    lastTrim: () => engine.lastTrim(),
    topic: () => engine.topic("a"),
    topics: () => engine.topics({ prefix: "", after: "", limit: 10 }),
    trim: () => engine.trim("a", 1),
    usage: () => engine.usage(),
    checkWritable: () => engine.checkWritable(),
  };
}

/** Opening, closing, and what outlives it. */
export function lifecycleCases({ test, isPersistent }: ThemeContext): void {
  test("says what it is", async (log) => {
    assert.match(log.engine.epoch, /^[a-z0-9]{8}$/);
    assert.ok(["durable", "relaxed", "memory"].includes(log.engine.durability));
    assert.ok(log.engine.name.length > 0);
  });

  test("rejects every call once it is closed", async (log) => {
    await log.fill("a", 3);
    const calls = callsOf(log);
    await log.engine.close();
    for (const [name, call] of Object.entries(calls)) {
      await assert.rejects(call, (error) => isRtmsgError(error, "SHUTTING_DOWN"), name);
    }
    // Nothing to say, but no failure either.
    log.engine.onCommit(() => assert.fail("a closed engine fed an event"))();
  });

  test("rejects every call once closing has begun", async (log) => {
    await log.fill("a", 3);
    const closing = log.engine.close();
    for (const [name, call] of Object.entries(callsOf(log))) {
      await assert.rejects(call, (error) => isRtmsgError(error, "SHUTTING_DOWN"), name);
    }
    await closing;
  });

  test("closes twice, and at the same time", async (log) => {
    await log.add("a");
    await Promise.all([log.engine.close(), log.engine.close()]);
    await log.engine.close();
  });

  test("closes when nothing was done with it", (log) => log.engine.close());

  test("writes what it accepted before it is closed", async (log) => {
    const fed: number[] = [];
    log.engine.onCommit((events) => fed.push(...events.map(({ offset }) => offset)));
    const appends: Promise<number[]>[] = [];
    for (let call = 0; call < 30; call++) {
      appends.push(log.fill(`t.${call % 4}`, 20));
      if (call === 15) await new Promise(setImmediate);
    }
    const closing = log.engine.close();
    const offsets = (await Promise.all(appends)).flat();
    assert.equal(offsets.length, 600);
    await closing;
    assert.deepEqual(fed, offsets);
    if (!isPersistent) return;
    await log.open();
    assert.deepEqual(await log.offsets(">"), offsets);
  });

  test("lets what is under way end well when it is closed", async (log) => {
    for (let round = 0; round < 40; round++) await log.fill(`t.${round % 5}`, 10);
    await log.fill("a", 10);
    const calls = Object.values(callsOf(log)).flatMap((call) => [call(), call(), call()]);
    await log.engine.close();
    for (const result of await Promise.allSettled(calls)) {
      if (result.status === "rejected")
        assert.ok(isRtmsgError(result.reason, "SHUTTING_DOWN"), String(result.reason));
    }
  });

  if (!isPersistent) {
    test("is another log each time", async (log) => {
      await log.fill("a", 3);
      const { epoch } = log.engine;
      await log.reopen();
      assert.notEqual(log.engine.epoch, epoch);
      assert.equal(await log.engine.tail(), 0);
      assert.deepEqual(await log.offsets(">"), []);
    });
    return;
  }

  test("is the same log when it is opened again", async (log) => {
    const { epoch } = log.engine;
    const offsets: number[] = [];
    for (let round = 0; round < 5; round++) {
      offsets.push(...(await log.fill("a", 4)), await log.add(`only.${round}`), ...(await log.fill("b", 2)));
      const states = await log.engine.topics({ prefix: "", after: "", limit: 100 });
      const events = await log.read(">");
      await log.reopen();
      assert.equal(log.engine.epoch, epoch);
      assert.equal(await log.engine.tail(), offsets.at(-1));
      assert.deepEqual(await log.engine.topics({ prefix: "", after: "", limit: 100 }), states);
      assert.deepEqual(await log.read(">"), events);
      assert.deepEqual(await log.offsets(">"), offsets);
    }
    assert.deepEqual(
      offsets,
      [...new Set(offsets)].toSorted((a, b) => a - b),
    );
  });

  test("can be opened again and again without a change", async (log) => {
    await log.append({ topic: "a", id: "x" }, { topic: "b" });
    const before = await log.read(">");
    for (let round = 0; round < 3; round++) await log.reopen();
    assert.deepEqual(await log.read(">"), before);
    assert.equal(offsetOf((await log.append({ topic: "a", id: "x" }))[0]), before[0]?.offset);
  });
}
