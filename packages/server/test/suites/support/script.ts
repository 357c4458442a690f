/** An async iterable that a test drives, and that counts what is done to it. */
export class Script<T> implements AsyncIterable<T> {
  nexts = 0;
  returns = 0;
  iterators = 0;
  /** What `return` does. */
  onReturn: () => Promise<unknown> = () => Promise.resolve();
  readonly #results: (() => IteratorResult<T>)[] = [];
  #wake: (() => void) | undefined;

  /** Yields a value. */
  push(value: T): void {
    this.#put(() => ({ done: false, value }));
  }

  /** Completes. */
  end(): void {
    this.#put(() => ({ done: true, value: undefined }));
  }

  /** Fails. */
  fail(error: Error): void {
    this.#put(() => {
      throw error;
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    this.iterators++;
    return {
      next: async () => {
        this.nexts++;
        while (this.#results.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
        return (this.#results.shift() as () => IteratorResult<T>)();
      },
      return: async () => {
        this.returns++;
        await this.onReturn();
        return { done: true, value: undefined };
      },
    };
  }

  #put(result: () => IteratorResult<T>): void {
    this.#results.push(result);
    this.#wake?.();
  }
}
