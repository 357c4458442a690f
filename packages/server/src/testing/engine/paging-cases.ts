import assert from "node:assert/strict";
import { storedSize } from "../../log/stored-event.js";
import { ALL, type EngineLog } from "./engine-log.js";
import type { ThemeContext } from "./theme.js";

/** Pages bounded by events and bytes. Every page that the suite reads is checked for what any page must hold. */
export function pagingCases({ test }: ThemeContext): void {
  const fill = async (log: EngineLog): Promise<void> => {
    for (let round = 0; round < 12; round++) {
      await log.append(
        { topic: "a", value: "x".repeat(round * 40) },
        { topic: "b", value: round },
        { topic: "a.x", value: round },
        { topic: "a", value: round },
      );
    }
  };

  test("reads the same whatever the size of a page", async (log) => {
    await fill(log);
    for (const selection of ["a", "b", "a.*", "*", ">"]) {
      const whole = await log.offsets(selection);
      for (const limits of [
        { maxEvents: 1, maxBytes: 1 },
        { maxEvents: 1, maxBytes: 1_000_000 },
        { maxEvents: 3, maxBytes: 1_000_000 },
        { maxEvents: 1_000, maxBytes: 200 },
        { maxEvents: 5, maxBytes: 700 },
        { maxEvents: whole.length, maxBytes: 1_000_000 },
      ]) {
        const events = await log.read(selection, 0, limits);
        assert.deepEqual(
          events.map(({ offset }) => offset),
          whole,
          `${selection} by ${limits.maxEvents} events and ${limits.maxBytes} bytes`,
        );
      }
    }
  });

  test("fills a page up to its limits", async (log) => {
    await fill(log);
    const all = await log.read("a");
    const page = await log.page("a", 0, { ...ALL, maxEvents: 7 });
    assert.equal(page.events.length, 7);
    assert.equal(page.through, all[6]?.offset);
    assert.equal(page.atTail, false);
    const maxBytes = all.slice(0, 5).reduce((sum, event) => sum + storedSize(event), 0);
    assert.equal((await log.page("a", 0, { ...ALL, maxBytes })).events.length, 5);
    assert.equal((await log.page("a", 0, { ...ALL, maxBytes: maxBytes - 1 })).events.length, 4);
    assert.equal((await log.page(">", 0, { ...ALL, maxEvents: 9 })).events.length, 9);
  });

  test("says that a page reached the end, or that it did not", async (log) => {
    await log.fill("a", 6);
    const tail = await log.add("b");
    const six = await log.page("a", 0, { ...ALL, maxEvents: 6 });
    assert.equal(six.events.length, 6);
    assert.ok(six.atTail ? six.through === tail : six.through === six.events.at(-1)?.offset);
    const five = await log.page("a", 0, { ...ALL, maxEvents: 5 });
    assert.equal(five.atTail, false);
    assert.equal((await log.page("a", tail)).atTail, true);
  });

  test("puts an event that is larger than a page on a page of its own", async (log) => {
    await log.append(
      { topic: "a", value: 1 },
      { topic: "a", value: "x".repeat(5_000) },
      { topic: "a", value: "y".repeat(6_000) },
      { topic: "a", value: 2 },
    );
    for (const selection of ["a", ">"]) {
      const sizes: number[] = [];
      for (let position = 0, atTail = false; !atTail;) {
        const page = await log.page(selection, position, { maxEvents: 10, maxBytes: 1_000 });
        sizes.push(page.events.length);
        ({ through: position, atTail } = page);
      }
      assert.deepEqual(
        sizes.filter((size) => size > 0),
        [1, 1, 1, 1],
      );
    }
  });

  test("follows the end of the log without a gap or a double", async (log) => {
    const seen: number[] = [];
    let position = 0;
    for (let round = 0; round < 40; round++) {
      const writing = log.append({ topic: "a", value: round }, { topic: "b" });
      const page = await log.page("a", position, { ...ALL, maxEvents: 2 });
      seen.push(...page.events.map(({ offset }) => offset));
      position = page.through;
      await writing;
    }
    seen.push(...(await log.offsets("a", position)));
    assert.deepEqual(seen, await log.offsets("a"));
  });
}
