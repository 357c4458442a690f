/** Counts the answers in a stream of bytes by something that each has in it once, without parsing it. */
export class Answers {
  count = 0;
  readonly #mark: Buffer;
  /** The last bytes, in which an occurrence may have begun. */
  #tail: Buffer = Buffer.alloc(0);

  constructor(mark: string) {
    this.#mark = Buffer.from(mark);
  }

  /** Takes the next bytes; returns how many answers they complete. */
  take(chunk: Buffer): number {
    const mark = this.#mark;
    const bytes = Buffer.concat([this.#tail, chunk]);
    let found = 0;
    for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) found++;
    // Shorter than the mark, so that nothing is counted twice.
    this.#tail = mark.length > 1 ? bytes.subarray(1 - mark.length) : Buffer.alloc(0);
    this.count += found;
    return found;
  }
}
