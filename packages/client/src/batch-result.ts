import type { Receipt, RtmsgError } from "@rtmsg/server/protocol";

/** What became of one event of a `produceBatch`: its receipt, or its error. */
export type BatchResult<Topic extends string = string> =
  ({ readonly ok: true } & Receipt<Topic>) | { readonly ok: false; readonly error: RtmsgError };
