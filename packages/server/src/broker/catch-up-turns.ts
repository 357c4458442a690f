/** Subscriptions that may read a page of the past in one turn of the event loop. */
const PER_TURN = 16;

/**
 * Lets subscriptions that are behind read a page each, a few in every turn of the event loop, so
 * that however many there are, live events and produces go before them.
 */
export class CatchUpTurns {
  #waiting: (() => void)[] = [];
  #isScheduled = false;

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
      this.#isScheduled = false;
      const turn = this.#waiting.slice(0, PER_TURN);
      this.#waiting = this.#waiting.slice(PER_TURN);
      for (const resolve of turn) resolve();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }
}
