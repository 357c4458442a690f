import { RtmsgError } from "../protocol/error.js";

/** How far a broker is in its life: open, draining, closed; and the produces that it still has to answer. */
export class Life {
  /** Produces that were accepted and are not answered yet. */
  readonly #unanswered = new Set<Promise<unknown>>();
  #isDraining = false;
  #closing: Promise<void> | undefined;

  /**
   * Refuses a call once the broker closes.
   *
   * @throws RtmsgError `SHUTTING_DOWN`
   */
  requireOpen(): void {
    if (this.#closing !== undefined) throw shuttingDown();
  }

  /**
   * Takes a produce in, which is answered before the broker closes.
   *
   * @param produce - does it
   * @throws RtmsgError `SHUTTING_DOWN` once it drains, and what the produce throws
   */
  async answered<T>(produce: () => Promise<T>): Promise<T> {
    this.requireOpen();
    if (this.#isDraining) throw shuttingDown();
    const answer = produce();
    this.#unanswered.add(answer);
    try {
      return await answer;
    } finally {
      this.#unanswered.delete(answer);
    }
  }

  /** Takes no more produces, and waits until those that were accepted are answered. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await Promise.allSettled(this.#unanswered);
  }

  /**
   * Takes nothing any more.
   *
   * @param close - closes what the broker holds; called once
   */
  close(close: () => Promise<void>): Promise<void> {
    this.#closing ??= close();
    return this.#closing;
  }
}

/** What calls are told once the broker closes. */
export function shuttingDown(): RtmsgError<"SHUTTING_DOWN"> {
  return new RtmsgError("SHUTTING_DOWN", "The broker is shutting down: connect again in a moment");
}
