/** How long whoever is refused waits at least, in ms. */
const MIN_WAIT_MS = 500;

/**
 * A bucket that fills at a steady rate, and is paid from. A payment may be larger than what is in it:
 * what is missing has to come in before the next one. So a rate holds on average, whatever is paid at once.
 */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perMs: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;
  /** Until then nobody is let through. */
  #closedUntil = 0;

  /**
   * @param capacity - how much it holds; it is full at first
   * @param fillMs - how long it takes to fill, in ms
   * @param now - the clock, in ms
   */
  constructor(capacity: number, fillMs: number, now: () => number = () => performance.now()) {
    this.#capacity = capacity;
    this.#perMs = capacity / fillMs;
    this.#now = now;
    this.#tokens = capacity;
    this.#filledAt = now();
  }

  /** Whether nothing is missing: a new one would be the same. */
  get isFull(): boolean {
    this.#fill();
    return this.#tokens >= this.#capacity;
  }

  /**
   * How long to wait before the next payment; 0 where none is needed.
   *
   * Once somebody has to wait, all do for as long: what a client sent behind what was refused is refused as
   * well, and so does not overtake it when all of it is sent again.
   */
  waitMs(): number {
    const now = this.#fill();
    if (now < this.#closedUntil) return Math.ceil(this.#closedUntil - now);
    if (this.#tokens >= 1) return 0;
    const wait = Math.max(MIN_WAIT_MS, Math.ceil((1 - this.#tokens) / this.#perMs));
    this.#closedUntil = now + wait;
    return wait;
  }

  /** Pays. */
  pay(amount: number): void {
    this.#tokens -= amount;
  }

  #fill(): number {
    const now = this.#now();
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
    return now;
  }
}
