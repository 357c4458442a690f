import type { Receipt } from "./event.js";
import { writePlace } from "./place-json.js";
import type { ProduceResult } from "./produce-result.js";
import type { TextSink } from "./text-sink.js";

/**
 * Writes a receipt of a log as JSON. Its texts are topic names and cursors, which JSON writes as they are: it takes
 * a fraction of the time to put it together, and no texts on the way that are thrown away.
 *
 * @param epoch - the log's
 * @returns true
 */
export function writeReceipt(receipt: Receipt, epoch: string, sink: TextSink): true {
  sink.ascii("{");
  writeFields(receipt, epoch, sink);
  return true;
}

/**
 * Writes the answer to `produceBatch` as JSON.
 *
 * @param epoch - the log's
 * @returns false where an event failed, as errors may hold anything: nothing is written then
 */
export function writeProduceResults(
  results: readonly ProduceResult[],
  epoch: string,
  sink: TextSink,
): boolean {
  if (!results.every(({ ok }) => ok)) return false;
  sink.ascii('{"results":[');
  let before = '{"ok":true,';
  for (const result of results as readonly Receipt[]) {
    sink.ascii(before);
    writeFields(result, epoch, sink);
    before = ',{"ok":true,';
  }
  sink.ascii("]}");
  return true;
}

/** The cursor is made anew: taken from the receipt it would first have to be put together in memory. */
function writeFields(receipt: Receipt, epoch: string, sink: TextSink): void {
  writePlace(receipt, epoch, sink);
  sink.ascii(receipt.duplicate ? ',"duplicate":true}' : ',"duplicate":false}');
}
