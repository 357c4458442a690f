import { isRtmsgError, type ErrorCode, type RtmsgError } from "../protocol/error.js";
import type { BoundedLog } from "./bounded-log.js";
import type { CallOrigin } from "./call-origin.js";
import type { TransportName } from "./transport-name.js";

/** Who was refused, and what; never the data, and never a token. */
export interface RefusedCall extends CallOrigin {
  readonly transport: TransportName;
  /** The procedure or the path. */
  readonly path?: string | undefined;
  /** The client's address. */
  readonly address?: string | undefined;
}

/**
 * What clients were refused, by error code. Everything that refuses a client, a call, or an event says so here,
 * once: the metrics and the log lines come from it.
 */
export class Refusals {
  readonly #log: BoundedLog;
  readonly #counts = new Map<ErrorCode, number>();

  /** @param log - gets a line for each */
  constructor(log: BoundedLog) {
    this.#log = log;
  }

  /**
   * Notes that something was refused. What is the server's own fault is logged as an error, with its cause.
   *
   * @param refused - what was answered, or its code where nothing was
   * @param call - what it was answered to
   */
  note(refused: RtmsgError | ErrorCode, call: RefusedCall): void {
    const code = typeof refused === "string" ? refused : refused.code;
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    if (code === "INTERNAL" || code === "STORAGE_FAILED") {
      // What nobody foresaw says what it is itself; the error that is answered does not.
      const failure = isRtmsgError(refused, "INTERNAL") ? (refused.cause ?? refused) : refused;
      this.#log.write("error", "call failed", code, { code }, { ...call, error: failure });
    } else this.#log.write("info", "refused", code, { code }, { ...call });
  }

  /** How often each code was given. */
  counts(): ReadonlyMap<ErrorCode, number> {
    return this.#counts;
  }
}
