import { RtmsgError, type ProduceResult, type Receipt } from "@rtmsg/server/protocol";

/** What became of one event of a `produceBatch`: its receipt, or its error. */
export type BatchResult<Topic extends string = string> =
  ({ readonly ok: true } & Receipt<Topic>) | { readonly ok: false; readonly error: RtmsgError };

/** A result with its error as a value of the error class. */
export function batchResult(result: ProduceResult): BatchResult {
  if (result.ok) return result;
  const error =
    RtmsgError.fromBody(result.error) ??
    new RtmsgError("INTERNAL", "The server answered with an error that has no code of rtmsg's");
  return { ok: false, error };
}
