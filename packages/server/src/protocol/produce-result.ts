import type { ErrorBody } from "./error.js";
import type { Receipt } from "./event.js";

/** What became of one event of a `produceBatch`. */
export type ProduceResult<Topic extends string = string> =
  ({ readonly ok: true } & Receipt<Topic>) | { readonly ok: false; readonly error: ErrorBody };
