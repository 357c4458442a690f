/**
 * Keeps the produces of one connection in the order received, topic by topic, whatever their
 * validation takes. Where nothing is waiting and nothing is asynchronous, it costs a look-up.
 */
export class ProduceOrder {
  readonly #tails = new Map<string, Promise<void>>();
  /** How many events of it were stored. */
  produced = 0;

  /**
   * Hands a produce on once it is prepared and every earlier one on the same topics was handed on.
   *
   * @param topics - the topics it is for
   * @param prepared - the produce, or the promise of one whose validation takes time
   * @param handOn - called with the prepared produce; later ones wait for the call, not for its result
   * @returns what `handOn` returned
   */
  enter<Prepared, Result>(
    topics: ReadonlySet<string>,
    prepared: Prepared | Promise<Prepared>,
    handOn: (prepared: Prepared) => Promise<Result>,
  ): Promise<Result> {
    const before = this.#before(topics);
    if (before.length === 0 && !(prepared instanceof Promise)) return handOn(prepared);
    const handed = Promise.all([prepared, ...before]).then(([ready]) => ({ result: handOn(ready) }));
    // Whoever comes later waits. A failed validation is not theirs, and what this one would have waited for is.
    const failed = (): void => undefined;
    const tail: Promise<void> = Promise.all([handed.catch(failed), ...before]).then(() =>
      this.#leave(topics, tail),
    );
    for (const topic of topics) this.#tails.set(topic, tail);
    return handed.then(({ result }) => result);
  }

  #before(topics: ReadonlySet<string>): Promise<void>[] {
    if (this.#tails.size === 0) return [];
    const tails: Promise<void>[] = [];
    for (const topic of topics) {
      const tail = this.#tails.get(topic);
      if (tail !== undefined) tails.push(tail);
    }
    return tails;
  }

  #leave(topics: ReadonlySet<string>, tail: Promise<void>): void {
    for (const topic of topics) {
      if (this.#tails.get(topic) === tail) this.#tails.delete(topic);
    }
  }
}
