import type { ErrorCode } from "../protocol/error.js";
import type { BoundedLog } from "./bounded-log.js";
import type { TransportName } from "./transport-name.js";

/** Who was refused, and what; never the data, and never a token. */
export interface RefusedCall {
  readonly transport: TransportName;
  /** The connection's id. */
  readonly connection?: string | undefined;
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

  /** Notes that something was refused. */
  note(code: ErrorCode, call: RefusedCall): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    this.#log.info("refused", code, { code }, { ...call });
  }

  /** How often each code was given. */
  counts(): ReadonlyMap<ErrorCode, number> {
    return this.#counts;
  }
}
