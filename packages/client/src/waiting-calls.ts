import { RtmsgError } from "@rtmsg/server/protocol";

/**
 * How much may wait in a client.
 *
 * @example
 * ```ts
 * const client = createClient({ url, maxQueued: { calls: 1_000, bytes: 1_048_576 } });
 * ```
 */
export interface QueueLimits {
  /**
   * Calls: each event, and each query.
   * @default 100_000
   */
  readonly calls?: number | undefined;
  /**
   * About so many bytes of their inputs.
   * @default 67_108_864 (64 MiB)
   */
  readonly bytes?: number | undefined;
}

/** The limits, filled in. */
export type QueueSettings = Readonly<Record<keyof QueueLimits, number>>;

/** The defaults of {@link QueueLimits}. */
export const QUEUE_DEFAULTS: QueueSettings = { calls: 100_000, bytes: 67_108_864 };

/** Counts the calls of a client that are not answered, so that an outage does not fill the memory. */
export class WaitingCalls {
  readonly #limits: QueueSettings;
  #calls = 0;
  #bytes = 0;

  constructor(limits: QueueSettings) {
    this.#limits = limits;
  }

  /**
   * Counts a call in.
   *
   * @throws RtmsgError `QUEUE_FULL`
   */
  enter(bytes: number): void {
    const { calls: maxCalls, bytes: maxBytes } = this.#limits;
    // One call always fits, however large it is.
    if (this.#calls >= maxCalls || (this.#calls > 0 && this.#bytes + bytes > maxBytes)) {
      const waiting = `${this.#calls.toLocaleString("en")} calls of ${this.#bytes.toLocaleString("en")} bytes`;
      throw new RtmsgError(
        "QUEUE_FULL",
        `${waiting} wait for an answer, as many as may: wait for some of them, or raise maxQueued`,
      );
    }
    this.#calls += 1;
    this.#bytes += bytes;
  }

  /** Counts a call out. */
  leave(bytes: number): void {
    this.#calls -= 1;
    this.#bytes -= bytes;
  }
}
