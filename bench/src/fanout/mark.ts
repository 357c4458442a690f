/**
 * What every event has in it once. It is several bytes long, since the header of a frame can hold any
 * single one, and nothing else that is sent holds it.
 */
const MARK = Buffer.from("@@EVT");

/** An event's data of so many bytes, with the mark in it. */
export function markedData(bytes: number): string {
  return MARK.toString().padEnd(bytes, "x");
}

/** Counts how often something occurs in a stream of bytes, without parsing it. */
export class Counter {
  count = 0;
  readonly #mark: Buffer;
  /** The last bytes, in which an occurrence may have begun. */
  #tail: Buffer = Buffer.alloc(0);

  constructor(mark: Buffer = MARK) {
    this.#mark = mark;
  }

  /** Takes the next bytes; returns how many occurrences they complete. */
  take(chunk: Buffer): number {
    const mark = this.#mark;
    const rest = mark.length - 1;
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, rest)]);
    let found = seam.includes(mark) ? 1 : 0;
    for (let at = chunk.indexOf(mark); at >= 0; at = chunk.indexOf(mark, at + mark.length)) found++;
    this.#tail = chunk.length >= rest ? chunk.subarray(chunk.length - rest) : seam.subarray(-rest);
    this.count += found;
    return found;
  }
}
