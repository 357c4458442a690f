import type { DedupeLimits } from "./engine.js";

/** What is remembered of an event id. */
export interface DedupeEntry {
  readonly offset: number;
  readonly time: number;
  readonly contentHash: string;
}

/** Forgotten places at the front are given back once there are this many, and they are half of all. */
const COMPACT_AT = 4_096;

/**
 * The event ids of the recent past, per topic, bounded by time and count. A trimmed event keeps its
 * entry until the window ends.
 *
 * Entries lie in columns, in time order: an object for each would cost three times as much.
 */
export class DedupeWindow {
  readonly #limits: DedupeLimits;
  /** For each topic and id the number of its entry; entries are numbered from 0 as they come. */
  readonly #numbers = new Map<string, Map<string, number>>();
  #topics: string[] = [];
  #ids: string[] = [];
  #offsets: number[] = [];
  #times: number[] = [];
  #hashes: string[] = [];
  /** The number of the entry at index 0. */
  #base = 0;
  /** Index of the oldest entry that is remembered. */
  #head = 0;
  /** Time of the newest entry that was forgotten because there were too many. */
  #crowdedOut = Number.NEGATIVE_INFINITY;

  /** @param limits - how long and how many ids to remember */
  constructor(limits: DedupeLimits) {
    this.#limits = limits;
  }

  /** How many ids are remembered. */
  get size(): number {
    return this.#ids.length - this.#head;
  }

  /** How far back every id is remembered at `now`, in ms: the window, or less when too many ids came. */
  reach(now: number): number {
    // A window that was loaded full may have forgotten more than it knows.
    const isFull = this.size >= this.#limits.maxIds;
    const oldest = isFull ? (this.#times[this.#head] as number) : Number.NEGATIVE_INFINITY;
    return Math.max(0, Math.min(this.#limits.windowMs, now - Math.max(oldest, this.#crowdedOut)));
  }

  /** The entry of an id, if it is still within the window at `now`. */
  find(topic: string, id: string, now: number): DedupeEntry | undefined {
    const number = this.#numbers.get(topic)?.get(id);
    if (number === undefined) return undefined;
    const index = number - this.#base;
    const time = this.#times[index] as number;
    if (now - time >= this.#limits.windowMs) return undefined;
    return { offset: this.#offsets[index] as number, time, contentHash: this.#hashes[index] as string };
  }

  /** Remembers an id, and forgets what is past the window's bounds. */
  add(topic: string, id: string, entry: DedupeEntry): void {
    let numbers = this.#numbers.get(topic);
    if (numbers === undefined) {
      numbers = new Map();
      this.#numbers.set(topic, numbers);
    }
    numbers.set(id, this.#base + this.#ids.length);
    this.#topics.push(topic);
    this.#ids.push(id);
    this.#offsets.push(entry.offset);
    this.#times.push(entry.time);
    this.#hashes.push(entry.contentHash);
    this.expire(entry.time);
  }

  /** Forgets what is past the window's bounds at `now`. */
  expire(now: number): void {
    while (this.#head < this.#ids.length) {
      const isWithin = now - (this.#times[this.#head] as number) < this.#limits.windowMs;
      if (isWithin) {
        if (this.size <= this.#limits.maxIds) break;
        this.#crowdedOut = this.#times[this.#head] as number;
      }
      this.#forget(this.#head);
      this.#head++;
    }
    if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#ids.length) this.#compact();
  }

  #forget(index: number): void {
    const topic = this.#topics[index] as string;
    const id = this.#ids[index] as string;
    const numbers = this.#numbers.get(topic);
    // The id may have been used again since, and then belongs to a newer entry.
    if (numbers?.get(id) === this.#base + index) numbers.delete(id);
    if (numbers?.size === 0) this.#numbers.delete(topic);
  }

  #compact(): void {
    this.#topics = this.#topics.slice(this.#head);
    this.#ids = this.#ids.slice(this.#head);
    this.#offsets = this.#offsets.slice(this.#head);
    this.#times = this.#times.slice(this.#head);
    this.#hashes = this.#hashes.slice(this.#head);
    this.#base += this.#head;
    this.#head = 0;
  }
}
