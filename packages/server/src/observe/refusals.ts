import type { ErrorCode } from "../protocol/error.js";
import type { Logger } from "./logger.js";
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

/** Lines about one code in a second; a flood of refusals must not become a flood of lines. */
const LINES_PER_SECOND = 20;
const SECOND_MS = 1_000;

/**
 * What clients were refused, by error code. Everything that refuses a client, a call, or an event says so here,
 * once: the metrics and the log lines come from it.
 */
export class Refusals {
  readonly #logger: Logger;
  readonly #counts = new Map<ErrorCode, number>();
  /** Of this second. */
  readonly #recent = new Map<ErrorCode, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param logger - gets a line for each, and of more than a few in a second their number */
  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Notes that something was refused. */
  note(code: ErrorCode, call: RefusedCall): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    const recent = (this.#recent.get(code) ?? 0) + 1;
    this.#recent.set(code, recent);
    if (recent <= LINES_PER_SECOND) this.#logger.info({ code, ...call }, "refused");
    this.#timer ??= setTimeout(() => this.#endSecond(), SECOND_MS).unref();
  }

  /** How often each code was given. */
  counts(): ReadonlyMap<ErrorCode, number> {
    return this.#counts;
  }

  #endSecond(): void {
    this.#timer = undefined;
    for (const [code, count] of this.#recent) {
      const more = count - LINES_PER_SECOND;
      if (more > 0) this.#logger.info({ code, more }, "refused more");
    }
    this.#recent.clear();
  }
}
