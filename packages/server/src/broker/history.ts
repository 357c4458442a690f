import type { Engine } from "../log/engine.js";
import { Selection } from "../log/selection.js";
import type { StoredEvent } from "../log/stored-event.js";
import { formatCursor } from "../protocol/cursor.js";
import type { HistoryInput } from "../protocol/inputs.js";
import { LIMITS } from "../protocol/limits.js";
import type { HistoryPage } from "../protocol/topic-info.js";
import { findFirstAfter } from "./first-event.js";
import { findStart } from "./start-position.js";
import { gapError } from "./gap-error.js";

/** Bytes of events that one page holds at most, beyond its first. */
const MAX_PAGE_BYTES = 4_194_304;

/**
 * Reads a page of the past.
 *
 * @param engine - the log
 * @param input - checked already
 * @throws RtmsgError `GAP` when events after the asked position are gone, `CURSOR_INVALID`
 */
export async function readHistory(engine: Engine, input: HistoryInput): Promise<HistoryPage<StoredEvent>> {
  const { topic, from = "earliest", limit = LIMITS.historyDefault } = input;
  const selection = new Selection(topic);
  const start = await findStart(engine, selection, from, await engine.tail());
  const limits = { maxEvents: limit, maxBytes: MAX_PAGE_BYTES };
  let page = await engine.read(selection, start.after, limits);
  if (start.foreign !== undefined || page.lastTrim > start.knownTrim) {
    throw gapError({
      topic,
      requested: start.cursor,
      earliest: await findFirstAfter(engine, selection, start.after),
      epoch: engine.epoch,
    });
  }
  while (page.events.length === 0 && !page.atTail) page = await engine.read(selection, page.through, limits);
  return { events: page.events, next: page.atTail ? null : formatCursor(engine.epoch, page.through) };
}
