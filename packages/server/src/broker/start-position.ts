import type { Engine } from "../log/engine.js";
import type { Selection } from "../log/selection.js";
import { formatCursor, parseCursor } from "../protocol/cursor.js";
import { RtmsgError } from "../protocol/error.js";
import type { From } from "../protocol/position.js";
import { countAfter, findFirstAfter } from "./first-event.js";

/** Where a reader starts. */
export interface StartPosition {
  /** Events after this offset are read. */
  readonly after: number;
  /** The token of this start. */
  readonly cursor: string;
  /** The cursor that was asked for, when it belongs to another epoch: everything after it is gone. */
  readonly foreign: string | undefined;
  /** Trims up to this number, as the engine counts them, are no gap for this reader. */
  readonly knownTrim: number;
}

/**
 * Finds where to start.
 *
 * @param engine - the log
 * @param selection - what is read
 * @param from - where to start
 * @param latest - what `"latest"` stands for
 * @throws RtmsgError `CURSOR_INVALID` for what is no cursor, or a position past the log's end
 */
export async function findStart(
  engine: Engine,
  selection: Selection,
  from: From,
  latest: number,
): Promise<StartPosition> {
  const { epoch } = engine;
  if (from === "latest") return startAfter(epoch, latest, 0);
  if (typeof from === "object" && "cursor" in from) {
    const { epoch: own, offset } = parseCursor(from.cursor);
    if (own !== epoch) return { after: 0, cursor: from.cursor, foreign: from.cursor, knownTrim: 0 };
    await refuseFuture(engine, offset, `Cursor ${from.cursor}`);
    return startAfter(epoch, offset, 0);
  }
  if (typeof from === "object" && "offset" in from) {
    await refuseFuture(engine, from.offset, `Offset ${from.offset}`);
    return startAfter(epoch, from.offset, 0);
  }
  // These start at what is retained: what was trimmed before now is no gap.
  const knownTrim = await engine.lastTrim();
  const after = await findRetained(engine, selection, from, latest);
  return startAfter(epoch, after, knownTrim);
}

function startAfter(epoch: string, after: number, knownTrim: number): StartPosition {
  return { after, cursor: formatCursor(epoch, after), foreign: undefined, knownTrim };
}

async function findRetained(
  engine: Engine,
  selection: Selection,
  from: "earliest" | { readonly time: number } | { readonly last: number },
  latest: number,
): Promise<number> {
  if (typeof from === "object" && "last" in from) return findLast(engine, selection, from.last, latest);
  // Asked for first: what is committed while the rest is found out comes after it.
  const tail = await engine.tail();
  const earlier = from === "earliest" ? 0 : await engine.positionAtTime(selection, from.time);
  const first = await findFirstAfter(engine, selection, earlier);
  return first === null ? Math.max(tail, earlier) : first - 1;
}

/** The last events are counted from `latest`: those that came after it are read besides. */
async function findLast(
  engine: Engine,
  selection: Selection,
  count: number,
  latest: number,
): Promise<number> {
  const since = await countAfter(engine, selection, latest);
  return Math.min(await engine.positionOfLast(selection, count + since), latest);
}

async function refuseFuture(engine: Engine, offset: number, asked: string): Promise<void> {
  const tail = await engine.tail();
  if (offset <= tail) return;
  throw new RtmsgError(
    "CURSOR_INVALID",
    `${asked} is past the log's end at offset ${tail}: use a cursor that this log gave, or "latest"`,
  );
}
