/** What is wrong with what a subscriber got. */
export interface Faults {
  /** Events that were acknowledged, and have not come. */
  readonly lost: number;
  /** Events that came again. */
  readonly doubled: number;
  /** Events that came after later ones. */
  readonly reordered: number;
}

/** Most numbers that are remembered as missing, for each producer. */
const MAX_MISSING = 100_000;

/** Checks that a subscriber gets each producer's events once, in their order, and all in offset order. */
export class DeliveryCheck {
  /** By producer: the number that comes next, and those before it that have not come. */
  readonly #producers: { next: number; readonly missing: Set<number> }[];
  #lastOffset = 0;
  #doubled = 0;
  #reordered = 0;
  received = 0;

  /** @param producers - how many there are */
  constructor(producers: number) {
    this.#producers = Array.from({ length: producers }, () => ({ next: 0, missing: new Set() }));
  }

  /**
   * Takes an event.
   *
   * @param producer - whose it is, from 0
   * @param sequence - its number among those of its producer, from 0
   * @param offset - its offset in the log
   */
  add(producer: number, sequence: number, offset: number): void {
    const own = this.#producers[producer];
    if (own === undefined) return;
    this.received += 1;
    if (sequence >= own.next) {
      for (let number = own.next; number < sequence && own.missing.size < MAX_MISSING; number++) {
        own.missing.add(number);
      }
      own.next = sequence + 1;
      if (offset <= this.#lastOffset) this.#reordered += 1;
    } else if (own.missing.delete(sequence)) this.#reordered += 1;
    else this.#doubled += 1;
    this.#lastOffset = Math.max(this.#lastOffset, offset);
  }

  /**
   * What is wrong so far.
   *
   * @param acknowledged - for each producer what was stored
   * @param isOver - whether all is answered: before, only what later events overtook counts as lost
   */
  faults(acknowledged: readonly Acknowledged[], isOver = true): Faults {
    let lost = 0;
    for (const [index, { end, failed }] of acknowledged.entries()) {
      const { next, missing } = this.#producers[index] ?? { next: 0, missing: new Set<number>() };
      for (const number of missing) if (!failed.has(number)) lost += 1;
      if (!isOver) continue;
      for (let number = next; number < end; number++) if (!failed.has(number)) lost += 1;
    }
    return { lost, doubled: this.#doubled, reordered: this.#reordered };
  }
}

/** What became of a producer's events. */
export interface Acknowledged {
  /** All numbers before it were answered. */
  readonly end: number;
  /** Of those, the ones that were refused. */
  readonly failed: ReadonlySet<number>;
}
