import { DIGITS, MARK } from "./mark.js";

const MARK_BYTES = Buffer.from(MARK);
const LENGTH = MARK_BYTES.length + DIGITS;
const ZERO = 48;

/** What a subscriber must get: the events with these numbers, each once and in their order. */
export interface Expected {
  /** @default 0 */
  readonly first?: number;
  /** How far the number of the next one is. @default 1 */
  readonly step?: number;
}

/** Finds a subscriber's events in its stream of bytes by their mark, without parsing it, and checks their order. */
export class Receiver {
  /** The number of the event that must come next. */
  next: number;
  /** What was wrong first. */
  failure: Error | undefined;
  readonly #step: number;
  readonly #onEvent: ((number: number) => void) | undefined;
  /** The last bytes, in which a mark with its number may have begun. */
  #tail: Buffer = Buffer.alloc(0);

  constructor({ first = 0, step = 1 }: Expected = {}, onEvent?: (number: number) => void) {
    this.next = first;
    this.#step = step;
    this.#onEvent = onEvent;
  }

  /** Takes the next bytes; returns how many events they complete. */
  take(chunk: Buffer): number {
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, LENGTH - 1)]);
    const found = this.#scan(seam) + this.#scan(chunk);
    this.#tail = Buffer.from((chunk.length >= LENGTH - 1 ? chunk : seam).subarray(1 - LENGTH));
    return found;
  }

  #scan(bytes: Buffer): number {
    let found = 0;
    let at = bytes.indexOf(MARK_BYTES);
    while (at >= 0 && at + LENGTH <= bytes.length) {
      this.#check(numberAt(bytes, at + MARK_BYTES.length));
      found++;
      at = bytes.indexOf(MARK_BYTES, at + LENGTH);
    }
    return found;
  }

  #check(number: number): void {
    if (number !== this.next) this.failure ??= new Error(`it got event ${number} instead of ${this.next}`);
    this.next = number + this.#step;
    this.#onEvent?.(number);
  }
}

function numberAt(bytes: Buffer, at: number): number {
  let number = 0;
  for (let index = at; index < at + DIGITS; index++) number = number * 10 + (bytes[index] as number) - ZERO;
  return number;
}
