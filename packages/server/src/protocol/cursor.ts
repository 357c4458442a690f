import { RtmsgError } from "./error.js";
import type { TextSink } from "./text-sink.js";

/** What a cursor says: a position in one incarnation of the log. */
export interface CursorParts {
  /** The log's incarnation: eight characters of `a-z0-9`. */
  readonly epoch: string;
  /** The offset of the last event that was seen; 0 is before the first. */
  readonly offset: number;
}

const CURSOR = /^([a-z0-9]{8})-(0|[1-9]\d*)$/;
const EPOCH = /^[a-z0-9]{8}$/;

/** Whether a text can be a log's epoch. */
export function isEpoch(text: string): boolean {
  return EPOCH.test(text);
}

/**
 * The resume token of a position: `epoch-offset`.
 *
 * @example
 * ```ts
 * formatCursor("k3v9x2ab", 41); // "k3v9x2ab-41"
 * ```
 */
export function formatCursor(epoch: string, offset: number): string {
  return `${epoch}-${offset}`;
}

/** Writes the cursor of a position, whose offset is in digits already. */
export function writeCursor(epoch: string, digits: string, sink: TextSink): void {
  sink.ascii(epoch);
  sink.ascii("-");
  sink.ascii(digits);
}

/** Whether a text has the form of a cursor. */
export function isCursor(text: string): boolean {
  const match = CURSOR.exec(text);
  return match !== null && Number.isSafeInteger(Number(match[2]));
}

/**
 * Reads a cursor.
 *
 * @throws RtmsgError `CURSOR_INVALID` when the text is not one
 */
export function parseCursor(text: string): CursorParts {
  const match = CURSOR.exec(text);
  const offset = Number(match?.[2]);
  if (match === null || !Number.isSafeInteger(offset)) {
    throw new RtmsgError(
      "CURSOR_INVALID",
      `"${text.slice(0, 64)}" is not a cursor: pass one as it was received, 8 characters of a-z and 0-9, "-", and an offset`,
    );
  }
  return { epoch: match[1] as string, offset };
}
