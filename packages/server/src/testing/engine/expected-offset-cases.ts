import assert from "node:assert/strict";
import { codeOf, offsetOf } from "./engine-log.js";
import type { ThemeContext } from "./theme.js";

/** Appending only if nothing came between. */
export function expectedOffsetCases({ test, isPersistent }: ThemeContext): void {
  test("stores when the topic's last offset is the expected one", async (log) => {
    const first = await log.add("a", 1, { expectedOffset: 0 });
    await log.add("b");
    const second = await log.add("a", 2, { expectedOffset: first });
    await log.add("a", 3, { expectedOffset: second });
    assert.deepEqual(await log.values("a"), [1, 2, 3]);
  });

  test("refuses when it is another, and says which", async (log) => {
    const offset = await log.add("a");
    await log.add("b");
    for (const [topic, expectedOffset, actual] of [
      ["a", 0, offset],
      ["a", offset + 1, offset],
      ["none", offset, 0],
    ] as const) {
      const [outcome] = await log.append({ topic, expectedOffset });
      assert.equal(codeOf(outcome), "OFFSET_MISMATCH");
      assert.ok(outcome?.ok === false);
      assert.deepEqual(outcome.error.details, { actual });
    }
    assert.equal((await log.read(">")).length, 2);
    assert.equal(await log.engine.topic("none"), undefined);
  });

  test("compares with the last offset ever, trimmed or not", async (log) => {
    const offsets = await log.fill("a", 3);
    const last = offsets[2] as number;
    await log.engine.trim("a", last);
    if (isPersistent) await log.reopen();
    const [outcome] = await log.append({ topic: "a", expectedOffset: 0 });
    assert.equal(codeOf(outcome), "OFFSET_MISMATCH");
    await log.add("a", 4, { expectedOffset: last });
  });

  test("counts the entries before in the same call", async (log) => {
    const outcomes = await log.append(
      { topic: "a", value: 1, expectedOffset: 0 },
      { topic: "a", value: 2, expectedOffset: 0 },
      { topic: "b", value: 3, expectedOffset: 0 },
    );
    assert.deepEqual(
      outcomes.map(({ ok }) => ok),
      [true, false, true],
    );
    assert.ok(outcomes[1]?.ok === false);
    assert.deepEqual(outcomes[1].error.details, { actual: offsetOf(outcomes[0]) });
  });

  test("lets one of many win", async (log) => {
    let last = 0;
    for (let round = 0; round < 5; round++) {
      const tries = Array.from({ length: 8 }, (_, value) =>
        log.append({ topic: "a", value, expectedOffset: last }),
      );
      const outcomes = (await Promise.all(tries)).flat();
      const winners = outcomes.filter(({ ok }) => ok);
      assert.equal(winners.length, 1);
      last = offsetOf(winners[0]);
    }
    assert.equal((await log.read("a")).length, 5);
  });
}
