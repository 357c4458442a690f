/** Runs pieces of work one after the other, in the order they came. */
export class WorkQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs work when all that came before has ended, well or not; returns its result. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    // The failure is the caller's; here it only ends the wait.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
