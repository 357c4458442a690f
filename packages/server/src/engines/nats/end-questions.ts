/** Questions where the log ends that are under way: what is appended after one is asked must come after its answer. */
export class EndQuestions {
  readonly #open = new Set<Promise<unknown>>();

  /** Notes a question until it is answered. */
  track<T>(question: Promise<T>): Promise<T> {
    this.#open.add(question);
    const forget = (): void => void this.#open.delete(question);
    question.then(forget, forget);
    return question;
  }

  /** Resolves when those are answered that are open now; undefined when none is. */
  answered(): Promise<unknown> | undefined {
    return this.#open.size === 0 ? undefined : Promise.allSettled(this.#open);
  }
}
