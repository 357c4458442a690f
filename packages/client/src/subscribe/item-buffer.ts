import type { Room } from "./demand.js";

/**
 * How much a subscription holds for a loop body that is slower than the events.
 *
 * @example
 * ```ts
 * const client = createClient({ url, maxBuffered: { events: 100, bytes: 262_144 } });
 * ```
 */
export interface BufferLimits {
  /**
   * Events.
   * @default 1_000
   */
  readonly events?: number | undefined;
  /**
   * About so many bytes, as received.
   * @default 1_048_576
   */
  readonly bytes?: number | undefined;
}

/** The limits, filled in. */
export type BufferSettings = Readonly<Record<keyof BufferLimits, number>>;

/** The defaults of {@link BufferLimits}. */
export const BUFFER_DEFAULTS: BufferSettings = { events: 1_000, bytes: 1_048_576 };

/** The items of one frame. */
interface Page<T> {
  readonly items: readonly T[];
  readonly bytesPerItem: number;
}

/**
 * Holds the items that were received and not read yet. It never refuses a frame: whoever fills it
 * looks at `isFull` first, so that it holds its bound and one frame at most.
 */
export class ItemBuffer<T> {
  readonly #maxItems: number;
  readonly #maxBytes: number;
  #pages: Page<T>[] = [];
  /** The next item of the first page. */
  #index = 0;
  #size = 0;
  #bytes = 0;

  constructor({ events, bytes }: BufferSettings) {
    this.#maxItems = events;
    this.#maxBytes = bytes;
  }

  /** How many items it holds. */
  get size(): number {
    return this.#size;
  }

  /** Whether nothing more should be put in. */
  get isFull(): boolean {
    return this.#size >= this.#maxItems || this.#bytes >= this.#maxBytes;
  }

  /** How much can be put in: an event and a byte at least, as the first frame always fits. */
  get room(): Room {
    return {
      events: Math.max(1, Math.floor(this.#maxItems - this.#size)),
      bytes: Math.max(1, Math.floor(this.#maxBytes - this.#bytes)),
    };
  }

  /** Whether more should be asked for: at half its bound, so that a reader need not wait for it. */
  get isDrained(): boolean {
    return this.#size <= this.#maxItems / 2 && this.#bytes <= this.#maxBytes / 2;
  }

  /** Puts the items of a frame in. */
  push(items: readonly T[], bytes: number): void {
    if (items.length === 0) return;
    this.#pages.push({ items, bytesPerItem: bytes / items.length });
    this.#size += items.length;
    this.#bytes += bytes;
  }

  /** Takes the next item out; only while there is one. */
  shift(): T {
    const page = this.#pages[0];
    if (page === undefined) throw new RangeError("The buffer is empty");
    const item = page.items[this.#index] as T;
    this.#index += 1;
    this.#size -= 1;
    this.#bytes -= page.bytesPerItem;
    if (this.#index === page.items.length) {
      this.#pages.shift();
      this.#index = 0;
    }
    if (this.#size === 0) this.#bytes = 0;
    return item;
  }

  clear(): void {
    this.#pages = [];
    this.#index = 0;
    this.#size = 0;
    this.#bytes = 0;
  }
}
