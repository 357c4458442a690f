import { storedSize, type StoredEvent } from "../log/stored-event.js";

/** Removed slots at the front are given back once there are this many, and they are half of all. */
const COMPACT_AT = 1_024;

/** Events in offset order, taken from the front and added at the back, found by binary search. */
export class EventDeque {
  #slots: (StoredEvent | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  /** How many events it holds. */
  get length(): number {
    return this.#slots.length - this.#head;
  }

  /** Bytes of the events it holds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The oldest event. */
  get first(): StoredEvent | undefined {
    return this.#slots[this.#head];
  }

  /** The event at an index, counted from the oldest. */
  at(index: number): StoredEvent | undefined {
    return this.#slots[this.#head + index];
  }

  push(event: StoredEvent): void {
    this.#slots.push(event);
    this.#bytes += storedSize(event);
  }

  shift(): StoredEvent | undefined {
    const event = this.#slots[this.#head];
    if (event === undefined) return undefined;
    this.#slots[this.#head] = undefined;
    this.#head++;
    this.#bytes -= storedSize(event);
    if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head);
      this.#head = 0;
    }
    return event;
  }

  /** Index of the first event after an offset; `length` when there is none. */
  indexAfter(offset: number): number {
    return this.#search((event) => event.offset > offset);
  }

  /** Index of the first event at or after a time; `length` when there is none. */
  indexAtTime(time: number): number {
    return this.#search((event) => event.time >= time);
  }

  #search(isPast: (event: StoredEvent) => boolean): number {
    let low = this.#head;
    let high = this.#slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isPast(this.#slots[middle] as StoredEvent)) high = middle;
      else low = middle + 1;
    }
    return low - this.#head;
  }
}
