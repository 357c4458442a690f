import { timerMs } from "../timer-ms.js";

/**
 * How long to wait before a next attempt.
 *
 * @example
 * ```ts
 * const client = createClient({ url, backoff: { baseMs: 500, maxMs: 60_000 } });
 * ```
 */
export interface BackoffOptions {
  /**
   * What the first wait is below, in ms; each one after it may be twice as long.
   * @default 200
   */
  readonly baseMs?: number | undefined;
  /**
   * What every wait is below, in ms.
   * @default 20_000
   */
  readonly maxMs?: number | undefined;
}

/** The options, filled in. */
export type BackoffSettings = Readonly<Record<keyof BackoffOptions, number>>;

/** The defaults of {@link BackoffOptions}. */
export const BACKOFF_DEFAULTS: BackoffSettings = { baseMs: 200, maxMs: 20_000 };

/**
 * Waits that grow exponentially, with full jitter: each is random between 0 and its bound, so that
 * the clients of a server that restarts do not come back in waves.
 */
export class Backoff {
  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #round: number;
  readonly #random: () => number;
  #attempt = 0;

  /**
   * @param settings - the bounds
   * @param round - how many attempts have the same bound: one for each of the addresses
   * @param random - between 0 and 1
   */
  constructor({ baseMs, maxMs }: BackoffSettings, round = 1, random: () => number = Math.random) {
    this.#baseMs = baseMs;
    this.#round = round;
    this.#maxMs = timerMs(maxMs);
    this.#random = random;
  }

  /** The next wait, in ms. */
  next(): number {
    const bound = Math.min(this.#maxMs, this.#baseMs * 2 ** Math.floor(this.#attempt / this.#round));
    this.#attempt += 1;
    return this.#random() * bound;
  }

  /** Starts over: the last attempt went well. */
  reset(): void {
    this.#attempt = 0;
  }
}
