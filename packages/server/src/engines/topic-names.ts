/** A page of names. */
export interface NamePage {
  readonly names: readonly string[];
  /** Whether more follow. */
  readonly more: boolean;
}

/** Topic names in order, sorted when they are asked for. */
export class TopicNames {
  #names: string[] = [];
  #isSorted = true;

  /** Adds a name that is not there yet. */
  add(name: string): void {
    const last = this.#names.at(-1);
    if (last !== undefined && last > name) this.#isSorted = false;
    this.#names.push(name);
  }

  /** Names that start with `prefix`, from the first after `after`. */
  page({ prefix, after, limit }: { prefix: string; after: string; limit: number }): NamePage {
    if (!this.#isSorted) {
      this.#names = this.#names.toSorted();
      this.#isSorted = true;
    }
    let index = this.#firstAtOrAfter(after > prefix ? after : prefix);
    if (this.#names[index] === after) index++;
    const names: string[] = [];
    for (; index < this.#names.length; index++) {
      const name = this.#names[index] as string;
      if (!name.startsWith(prefix)) break;
      if (names.length === limit) return { names, more: true };
      names.push(name);
    }
    return { names, more: false };
  }

  #firstAtOrAfter(text: string): number {
    let low = 0;
    let high = this.#names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#names[middle] as string) < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
