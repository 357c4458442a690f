import type { DedupeLimits } from "./engine.js";

/** What is remembered of an event id. */
export interface DedupeEntry {
  readonly offset: number;
  readonly time: number;
  readonly contentHash: string;
}

/**
 * The event ids of the recent past, per topic, bounded by time and count. A trimmed event keeps its
 * entry until the window ends.
 */
export class DedupeWindow {
  // A Map keeps insertion order, and entries are inserted in time order: the first is the oldest.
  readonly #entries = new Map<string, DedupeEntry>();
  readonly #limits: DedupeLimits;

  /** @param limits - how long and how many ids to remember */
  constructor(limits: DedupeLimits) {
    this.#limits = limits;
  }

  /** How many ids are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** The entry of an id, if it is still within the window at `now`. */
  find(topic: string, id: string, now: number): DedupeEntry | undefined {
    const entry = this.#entries.get(keyOf(topic, id));
    return entry !== undefined && this.#isAlive(entry, now) ? entry : undefined;
  }

  /** Remembers an id, and forgets what is past the window's bounds. */
  add(topic: string, id: string, entry: DedupeEntry): void {
    const key = keyOf(topic, id);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.expire(entry.time);
  }

  /** Forgets what is past the window's bounds at `now`. */
  expire(now: number): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= this.#limits.maxIds && this.#isAlive(entry, now)) return;
      this.#entries.delete(key);
    }
  }

  #isAlive(entry: DedupeEntry, now: number): boolean {
    return now - entry.time < this.#limits.windowMs;
  }
}

function keyOf(topic: string, id: string): string {
  // A topic's name cannot hold a space, so the key is unambiguous.
  return `${topic} ${id}`;
}
