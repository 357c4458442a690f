import { isCursor } from "./cursor.js";
import { RtmsgError } from "./error.js";

/**
 * Where a subscription or a page of history starts.
 *
 * - `"latest"`: with the next event (the default of `subscribe`)
 * - `"earliest"`: with the first event that is retained (the default of `history`)
 * - `{ cursor }`, `{ offset }`: with what comes after that position
 * - `{ time }`: with the first event at or after it, in ms since the Unix epoch
 * - `{ last }`: with the last so many events that are retained
 *
 * @example
 * ```ts
 * const starts: From[] = ["latest", "earliest", { last: 10 }, { time: Date.now() - 60_000 }, { offset: 41 }];
 * ```
 */
export type From =
  | "latest"
  | "earliest"
  | { readonly cursor: string }
  | { readonly offset: number }
  | { readonly time: number }
  | { readonly last: number };

const ISO_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Reads a start position written as text, as in a URL or on a command line: `latest`, `earliest`, a
 * cursor, `offset:N`, `time:MS`, an ISO time, or `last:N`.
 *
 * @throws RtmsgError `CURSOR_INVALID` when the text is none of these
 * @example
 * ```ts
 * parseFrom("last:10"); // { last: 10 }
 * ```
 */
export function parseFrom(text: string): From {
  if (text === "latest" || text === "earliest") return text;
  if (isCursor(text)) return { cursor: text };
  const labelled = /^(offset|time|last):(\d{1,16})$/.exec(text);
  const number = Number(labelled?.[2]);
  if (labelled !== null && Number.isSafeInteger(number)) {
    if (labelled[1] === "offset") return { offset: number };
    return labelled[1] === "time" ? { time: number } : { last: number };
  }
  const iso = text.startsWith("time:") ? text.slice(5) : text;
  const time = ISO_TIME.test(iso) ? Date.parse(iso) : Number.NaN;
  if (Number.isFinite(time) && time >= 0) return { time };
  throw new RtmsgError(
    "CURSOR_INVALID",
    `"${text.slice(0, 64)}" is not a start position: use latest, earliest, a cursor, offset:N, time:MS, an ISO time, or last:N`,
  );
}
