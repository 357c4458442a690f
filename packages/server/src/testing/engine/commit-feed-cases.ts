import assert from "node:assert/strict";
import type { StoredEvent } from "../../log/stored-event.js";
import { valueOf } from "./engine-log.js";
import type { ThemeContext } from "./theme.js";
import { until } from "./until.js";

/** What the commit feed carries, and when. */
export function commitFeedCases({ test, isPersistent }: ThemeContext): void {
  test("carries every event once, in offset order, as it can be read", async (log) => {
    const fed: StoredEvent[] = [];
    log.engine.onCommit((events) => fed.push(...events));
    const calls: Promise<unknown>[] = [];
    for (let call = 0; call < 40; call++) {
      calls.push(
        log.append({ topic: `t.${call % 3}`, value: call, key: `k${call}` }, { topic: "b", value: call }),
      );
      if (call % 6 === 0) await new Promise(setImmediate);
    }
    await Promise.all(calls);
    await until(() => fed.length >= 80, "all events were fed");
    assert.deepEqual(fed.map(plain), (await log.read(">")).map(plain));
  });

  test("carries only what was stored", async (log) => {
    const fed: StoredEvent[] = [];
    log.engine.onCommit((events) => fed.push(...events));
    await log.append(
      { topic: "a", value: 1, id: "x" },
      { topic: "a", value: 1, id: "x" },
      { topic: "a", value: 2, id: "x" },
      { topic: "a", value: 3, expectedOffset: 99 },
      { topic: "a", value: 4 },
    );
    await log.append({ topic: "a", value: 1, id: "x" });
    await log.add("a", 5);
    await until(() => fed.length >= 3, "the events were fed");
    assert.deepEqual(fed.map(valueOf), [1, 4, 5]);
  });

  test("carries an event no later than its append is answered", async (log) => {
    let fed = 0;
    log.engine.onCommit((events) => {
      fed = events.at(-1)?.offset ?? fed;
    });
    for (let round = 0; round < 20; round++) {
      const offset = await log.add("a", round);
      assert.ok(fed >= offset, `offset ${offset} was answered before it was fed`);
    }
  });

  test("calls its listeners when the events can be read", async (log) => {
    const checks: Promise<void>[] = [];
    log.engine.onCommit((fed) => {
      const [first, last] = [fed[0] as StoredEvent, fed.at(-1) as StoredEvent];
      const reads = fed.map(({ topic, offset }) => log.page(topic, offset - 1));
      const check = async (): Promise<void> => {
        assert.ok((await log.engine.tail()) >= last.offset);
        for (const [index, page] of (await Promise.all(reads)).entries()) {
          assert.equal(page.events[0]?.offset, fed[index]?.offset);
        }
        const page = await log.page(">", first.offset - 1);
        assert.equal(page.events[0]?.offset, first.offset);
      };
      checks.push(check());
    });
    await Promise.all(Array.from({ length: 30 }, (_, index) => log.fill(`t.${index % 4}`, 1 + (index % 3))));
    await log.fill("a", 10);
    await Promise.all(checks);
    assert.ok(checks.length > 0);
  });

  test("lets a reader see nothing that was not fed", async (log) => {
    let fed = 0;
    const done = new AbortController();
    log.engine.onCommit((events) => {
      fed = events.at(-1)?.offset ?? fed;
    });
    const look = async (): Promise<void> => {
      while (!done.signal.aborted) {
        const page = await log.page(">", Math.max(0, fed - 5));
        assert.ok((page.events.at(-1)?.offset ?? 0) <= fed, "a page holds what was not fed");
        const last = await log.positionOfLast(">", 1);
        assert.ok(last < Math.max(1, fed), "the last event was not fed");
        const end = await log.positionAtTime(">", log.now + 1);
        assert.ok(end <= fed, "a position is past what was fed");
        await new Promise(setImmediate);
      }
    };
    const write = async (): Promise<void> => {
      for (let round = 0; round < 60; round++) {
        await Promise.all([log.fill("a", 5), log.fill("b", 5)]);
        log.now += 1;
      }
      done.abort();
    };
    await Promise.all([look(), write()]);
  });

  test("tells each listener, until it leaves", async (log) => {
    const fed: string[] = [];
    const leave = log.engine.onCommit((events) =>
      fed.push(...events.map((event) => `one ${String(valueOf(event))}`)),
    );
    await log.add("a", 1);
    const leaveToo = log.engine.onCommit((events) =>
      fed.push(...events.map((event) => `two ${String(valueOf(event))}`)),
    );
    await log.add("a", 2);
    leave();
    await log.add("a", 3);
    leaveToo();
    leaveToo();
    await log.add("a", 4);
    assert.deepEqual(fed, ["one 1", "one 2", "two 2", "two 3"]);
  });

  if (isPersistent) {
    test("carries nothing of what was there before", async (log) => {
      await log.fill("a", 10);
      await log.reopen();
      const fed: StoredEvent[] = [];
      log.engine.onCommit((events) => fed.push(...events));
      const offset = await log.add("a");
      assert.deepEqual(
        fed.map((event) => event.offset),
        [offset],
      );
    });
  }
}

/** An event with its bytes as text, so that arrays of other kinds compare equal. */
function plain(event: StoredEvent): unknown {
  return { ...event, json: valueOf(event) };
}
