/** Subscriptions that may read a page of the past in one turn of the event loop. */
const PER_TURN = 16;
/** When so much of a turn has gone into pages no other is begun in it, in ms. */
const TURN_MS = 2;

/**
 * Lets subscriptions that are behind read a page each, a few in every turn of the event loop, so
 * that however many there are, and however much their pages take, live events and produces go before them.
 */
export class CatchUpTurns {
  readonly #now: () => number;
  #waiting: (() => void)[] = [];
  #isScheduled = false;

  /** @param now - the clock, in ms */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Resolves when the caller may read a page. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      const turn = this.#waiting.slice(0, PER_TURN);
      this.#waiting = this.#waiting.slice(PER_TURN);
      this.#step(turn, 0, this.#now() + TURN_MS);
    });
  }

  #step(turn: readonly (() => void)[], index: number, end: number): void {
    const resolve = turn[index];
    if (resolve !== undefined && (index === 0 || this.#now() < end)) {
      resolve();
      // A tick that is asked for by a microtask comes when all that the page leads to is done.
      queueMicrotask(() => process.nextTick(() => this.#step(turn, index + 1, end)));
      return;
    }
    this.#waiting = [...turn.slice(index), ...this.#waiting];
    this.#isScheduled = false;
    if (this.#waiting.length > 0) this.#schedule();
  }
}
