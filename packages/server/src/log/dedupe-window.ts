import type { DedupeEntry } from "./dedupe-entry.js";
import { DedupeSegment, SEGMENT_ENTRIES } from "./dedupe-segment.js";
import type { DedupeLimits } from "./engine.js";
import { keyedHash, newHashKey } from "./keyed-hash.js";

/** A topic of which ids are remembered. */
interface KnownTopic {
  readonly name: string;
  readonly number: number;
  /** How many entries are its. */
  entries: number;
}

const FEWEST_PLACES = 1_024;
/** Places for each entry, at least: most ids are new, and meet nobody at theirs. */
const PLACES_PER_ENTRY = 2;
/** Places hold no more of an entry's number than its last 32 bits; the first is 1, so that 0 is nobody's. */
const FIRST = 1;
/** Spreads small numbers over all 32 bits. */
const GOLDEN = 0x9e3779b1;

/**
 * The event ids of the recent past, per topic, bounded by time and count. A trimmed event keeps its
 * entry until the window ends.
 *
 * Entries are numbered as they come, and are forgotten in the same order. A table of places says which
 * entry came last of those whose hash belongs there, and each entry which one came before it: a chain
 * from new to old ends at the first entry that is forgotten, so that forgetting leaves the table alone.
 * A place that nobody has used for 4 billion entries may name one that belongs elsewhere, whose chain
 * is then looked through in vain.
 */
export class DedupeWindow {
  readonly #limits: DedupeLimits;
  readonly #key = newHashKey();
  readonly #topics = new Map<string, KnownTopic>();
  /** Topics by their number. */
  readonly #topicAt: (KnownTopic | undefined)[] = [];
  readonly #freeNumbers: number[] = [];
  #places = new Uint32Array(FEWEST_PLACES);
  #segments: DedupeSegment[] = [];
  /** The number that would be the first segment's first entry's. */
  #base: number;
  /** The number of the oldest entry that is remembered, and the next one's. */
  #head: number;
  #tail: number;
  /** Time of the newest entry that was forgotten because there were too many. */
  #crowdedOut = Number.NEGATIVE_INFINITY;

  /**
   * @param limits - how long and how many ids to remember
   * @param first - the first entry's number
   */
  constructor(limits: DedupeLimits, first = FIRST) {
    this.#limits = limits;
    this.#base = first - (first % SEGMENT_ENTRIES);
    this.#head = first;
    this.#tail = first;
  }

  /** How many ids are remembered. */
  get size(): number {
    return this.#tail - this.#head;
  }

  /** How far back every id is remembered at `now`, in ms: the window, or less when too many ids came. */
  reach(now: number): number {
    // A window that was loaded full may have forgotten more than it knows.
    const isFull = this.size >= this.#limits.maxIds;
    const oldest = isFull ? this.#timeOf(this.#head) : Number.NEGATIVE_INFINITY;
    return Math.max(0, Math.min(this.#limits.windowMs, now - Math.max(oldest, this.#crowdedOut)));
  }

  /** The hash of an id, to be given to `find` and `add`, so that it is made once for both. */
  hashOf(id: string): number {
    return keyedHash(this.#key, id);
  }

  /** The entry of an id, if it is still within the window at `now`. */
  find(topic: string, id: string, now: number, idHash = this.hashOf(id)): DedupeEntry | undefined {
    const known = this.#topics.get(topic);
    if (known === undefined) return undefined;
    const hash = hashOfBoth(known, idHash);
    let number = numberBefore(this.#tail, this.#places[this.#placeOf(hash)] as number);
    while (number >= this.#head) {
      const segment = this.#segmentOf(number);
      const place = number % SEGMENT_ENTRIES;
      if (segment.hashAt(place) === hash && segment.is(place, known.number, id)) {
        const isWithin = now - (segment.times[place] as number) < this.#limits.windowMs;
        return isWithin ? segment.entry(place) : undefined;
      }
      number = numberBefore(number, segment.earlierAt(place));
    }
    return undefined;
  }

  /** Remembers an id, and forgets what is past the window's bounds. */
  add(topic: string, id: string, entry: DedupeEntry, idHash = this.hashOf(id)): void {
    const { offset, time, contentHash } = entry;
    const known = this.#know(topic);
    known.entries += 1;
    const hash = hashOfBoth(known, idHash);
    const number = this.#tail;
    const place = number % SEGMENT_ENTRIES;
    if (place === 0 || this.#segments.length === 0) this.#segments.push(new DedupeSegment());
    const at = this.#placeOf(hash);
    const earlier = this.#places[at] as number;
    const segment = this.#segmentOf(number);
    segment.put(place, { topic: known.number, id, hash, earlier, offset, time, contentHash });
    this.#places[at] = number;
    this.#tail += 1;
    this.expire(time);
    if (this.size * PLACES_PER_ENTRY > this.#places.length) this.#spread();
  }

  /** Forgets what is past the window's bounds at `now`. */
  expire(now: number): void {
    while (this.#head < this.#tail) {
      const time = this.#timeOf(this.#head);
      const isWithin = now - time < this.#limits.windowMs;
      if (isWithin) {
        if (this.size <= this.#limits.maxIds) return;
        this.#crowdedOut = time;
      }
      this.#forgetOldest();
    }
  }

  #forgetOldest(): void {
    const topic = this.#segmentOf(this.#head).topics[this.#head % SEGMENT_ENTRIES] as number;
    const known = this.#topicAt[topic] as KnownTopic;
    known.entries -= 1;
    if (known.entries === 0) {
      this.#topics.delete(known.name);
      this.#topicAt[topic] = undefined;
      this.#freeNumbers.push(topic);
    }
    this.#head += 1;
    if (this.#head - this.#base < SEGMENT_ENTRIES) return;
    this.#segments.shift();
    this.#base += SEGMENT_ENTRIES;
  }

  #know(name: string): KnownTopic {
    let known = this.#topics.get(name);
    if (known === undefined) {
      known = { name, number: this.#freeNumbers.pop() ?? this.#topicAt.length, entries: 0 };
      this.#topics.set(name, known);
      this.#topicAt[known.number] = known;
    }
    return known;
  }

  /** Spreads the entries over more places. */
  #spread(): void {
    this.#places = new Uint32Array(this.#places.length * 2);
    for (let number = this.#head; number < this.#tail; number++) {
      const segment = this.#segmentOf(number);
      const place = number % SEGMENT_ENTRIES;
      const at = this.#placeOf(segment.hashAt(place));
      segment.setEarlier(place, this.#places[at] as number);
      this.#places[at] = number;
    }
  }

  /** The table's length is a power of two. */
  #placeOf(hash: number): number {
    return hash & (this.#places.length - 1);
  }

  #segmentOf(number: number): DedupeSegment {
    return this.#segments[Math.floor((number - this.#base) / SEGMENT_ENTRIES)] as DedupeSegment;
  }

  #timeOf(number: number): number {
    return this.#segmentOf(number).times[number % SEGMENT_ENTRIES] as number;
  }
}

/** The same id is on many topics where one source names events of several. */
function hashOfBoth(topic: KnownTopic, idHash: number): number {
  return (idHash ^ Math.imul(topic.number, GOLDEN)) >>> 0;
}

/** The last number before another that ends in these 32 bits. */
function numberBefore(number: number, bits: number): number {
  return number - 1 - ((number - 1 - bits) >>> 0);
}
