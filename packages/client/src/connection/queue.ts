/** First in, first out; unlike an array's `shift`, taking from a long one costs nothing. */
export class Queue<T> {
  #items: T[];
  #head = 0;

  constructor(items: readonly T[] = []) {
    this.#items = [...items];
  }

  /** How many are in it. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The next one, which stays. */
  peek(): T | undefined {
    return this.#items[this.#head];
  }

  /** Takes the next one out. */
  shift(): T | undefined {
    const item = this.#items[this.#head];
    this.#head += 1;
    if (this.#head >= this.#items.length) this.clear();
    else if (this.#head > 1_024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Puts some in front of the others. */
  unshift(items: readonly T[]): void {
    this.#items = [...items, ...this];
    this.#head = 0;
  }

  /** Takes all of a kind out, in their order. */
  takeAll<W extends T>(isWanted: (item: T) => item is W): W[] {
    const all = [...this];
    const wanted = all.filter(isWanted);
    if (wanted.length > 0) {
      this.#items = all.filter((item) => !isWanted(item));
      this.#head = 0;
    }
    return wanted;
  }

  /** Takes one out, wherever it is. */
  delete(item: T): void {
    const index = this.#items.indexOf(item, this.#head);
    if (index !== -1) this.#items.splice(index, 1);
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }

  *[Symbol.iterator](): Generator<T, void> {
    for (let index = this.#head; index < this.#items.length; index++) yield this.#items[index] as T;
  }
}
