import { setImmediate as nextTurn } from "node:timers/promises";
import type { Engine } from "../log/engine.js";
import type { Selection } from "../log/selection.js";

/**
 * Finds the first retained event of a selection after a position, however far it is: an engine may
 * answer a page without events when it has looked at many that were not selected.
 *
 * @returns its offset, or null when there is none
 */
export async function findFirstAfter(
  engine: Engine,
  selection: Selection,
  after: number,
): Promise<number | null> {
  let position = after;
  for (;;) {
    const page = await engine.read(selection, position, { maxEvents: 1, maxBytes: 1 });
    const first = page.events[0];
    if (first !== undefined) return first.offset;
    if (page.atTail) return null;
    position = page.through;
    await nextTurn();
  }
}

/** Counts the retained events of a selection after a position. */
export async function countAfter(engine: Engine, selection: Selection, after: number): Promise<number> {
  let position = after;
  let count = 0;
  let tail = await engine.tail();
  while (position < tail) {
    const page = await engine.read(selection, position, { maxEvents: 1_000, maxBytes: 1_048_576 });
    count += page.events.length;
    if (page.atTail) break;
    position = page.through;
    await nextTurn();
    tail = await engine.tail();
  }
  return count;
}
