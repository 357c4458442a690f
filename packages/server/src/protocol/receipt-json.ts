import type { Receipt } from "./event.js";
import type { ProduceResult } from "./produce-result.js";

/**
 * A receipt as JSON text. Its texts are topic names and cursors, which JSON writes as they are, so that
 * it is put together in a fraction of the time.
 */
export function receiptJson(receipt: Receipt): string {
  return `{${fields(receipt)}}`;
}

/** The answer to `produceBatch` as JSON text; undefined where an event failed, as errors may hold anything. */
export function produceResultsJson(results: readonly ProduceResult[]): string | undefined {
  let text = "";
  for (const result of results) {
    if (!result.ok) return undefined;
    text += `${text === "" ? "" : ","}{"ok":true,${fields(result)}}`;
  }
  return `{"results":[${text}]}`;
}

function fields({ topic, offset, cursor, time, duplicate }: Receipt): string {
  return `"topic":"${topic}","offset":${offset},"cursor":"${cursor}","time":${time},"duplicate":${duplicate}`;
}
