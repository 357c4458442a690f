import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { CatchUpTurns } from "../../src/broker/catch-up-turns.js";

/** Lets many read pages; returns how many were read in each turn. */
async function readInTurns(count: number, pageMs: number): Promise<number[]> {
  let now = 0;
  const turns = new CatchUpTurns(() => now);
  const order: number[] = [];
  const read = async (index: number): Promise<void> => {
    await turns.next();
    // A page is not there at once, but within the turn.
    for (let hop = 0; hop < 10; hop++) await Promise.resolve();
    now += pageMs;
    order.push(index);
  };
  const reading = Array.from({ length: count }, (_, index) => read(index));
  const perTurn: number[] = [];
  while (order.length < count) {
    const before = order.length;
    await nextTurn();
    if (order.length > before) perTurn.push(order.length - before);
  }
  await Promise.all(reading);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  return perTurn;
}

describe("the turns of those that catch up", () => {
  it("are 16 pages each at most", async () => {
    expect(await readInTurns(40, 0)).toEqual([16, 16, 8]);
  });

  it("are over after two milliseconds, and are one page at least", async () => {
    expect(await readInTurns(5, 1)).toEqual([2, 2, 1]);
    expect(await readInTurns(3, 50)).toEqual([1, 1, 1]);
  });
});
