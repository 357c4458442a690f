/** A histogram in plain numbers: cheap enough to be told of every commit. */
export class PlainHistogram {
  /** Upper bounds of the buckets, ascending; a last one without bound follows. */
  readonly bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** @param bounds - upper bounds of the buckets, ascending */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  /** Sum of all values. */
  get sum(): number {
    return this.#sum;
  }

  /** How many values there are. */
  get count(): number {
    return this.#count;
  }

  /** Takes a value in. */
  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > (this.bounds[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += value;
    this.#count++;
  }

  /** How many values are in each bucket, the one without bound last. */
  counts(): readonly number[] {
    return [...this.#counts];
  }
}
