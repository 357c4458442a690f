import type { RtmsgError } from "@rtmsg/server/protocol";
import type { Room } from "./demand.js";
import { ItemBuffer, type BufferSettings } from "./item-buffer.js";

type Settled<T> = IteratorResult<T, undefined>;

interface Waiter<T> {
  readonly resolve: (result: Settled<T>) => void;
  readonly reject: (error: RtmsgError) => void;
}

/** The side of a subscription that is read: items that wait for `next`, or a `next` that waits for items. */
export class Reader<T> {
  readonly #buffer: ItemBuffer<T>;
  /** Only while the buffer is empty. */
  #waiters: Waiter<T>[] = [];
  #isOver = false;
  #error: RtmsgError | undefined;

  constructor(limits: BufferSettings) {
    this.#buffer = new ItemBuffer(limits);
  }

  /** Whether nothing more should be put in. */
  get isFull(): boolean {
    return this.#buffer.isFull;
  }

  /** How much can be put in. */
  get room(): Room {
    return this.#buffer.room;
  }

  /** Whether somebody waits for an item. */
  get isAwaited(): boolean {
    return this.#waiters.length > 0;
  }

  /** Whether more should be asked for. */
  get isDrained(): boolean {
    return this.#buffer.isDrained;
  }

  /** Puts the items of a frame in. */
  push(items: readonly T[], bytes: number): void {
    if (this.#isOver) return;
    this.#buffer.push(items, bytes);
    while (this.#waiters.length > 0 && this.#buffer.size > 0) {
      this.#waiters.shift()?.resolve({ done: false, value: this.#buffer.shift() });
    }
  }

  /** The next item, once there is one. After the end, what is there first, then the error once. */
  next(): Promise<Settled<T>> {
    if (this.#buffer.size > 0) return Promise.resolve({ done: false, value: this.#buffer.shift() });
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) return Promise.reject(error);
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** No more items come; those that are there can be read, then the error is thrown. */
  finish(error?: RtmsgError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const [first, ...others] = this.#waiters;
    this.#waiters = [];
    if (first === undefined) this.#error = error;
    else if (error !== undefined) first.reject(error);
    else first.resolve({ done: true, value: undefined });
    for (const waiter of others) waiter.resolve({ done: true, value: undefined });
  }

  /** Ends at once; what was not read is let go. */
  drop(): void {
    this.#buffer.clear();
    this.#error = undefined;
    this.finish();
  }
}
