import type { DedupeEntry } from "./dedupe-entry.js";
import { writeOneByteText, writeText } from "./short-text.js";

/** How many entries a segment holds. */
export const SEGMENT_ENTRIES = 2_048;
/** Bytes of an entry's texts to begin with: a hash of 32, and an id of 36. */
const TEXT_BYTES = 68;
/** A character takes so many bytes at most. */
const MAX_CHARACTER_BYTES = 3;

/** What a segment is given to hold. */
export interface SegmentEntry extends DedupeEntry {
  readonly topic: number;
  readonly id: string;
  readonly hash: number;
  /** The last 32 bits of the number of the entry before it at its place in the table. */
  readonly earlier: number;
}

/**
 * Consecutive entries of a dedupe window, in columns of plain bytes: what they hold stays for minutes,
 * and as objects and strings the collector would copy and look at all of it again and again.
 */
export class DedupeSegment {
  /** The numbers of the entries' topics. */
  readonly topics = new Uint32Array(SEGMENT_ENTRIES);
  /** Of each entry its hash and `earlier`: whoever needs the one mostly needs the other. */
  readonly #links = new Uint32Array(SEGMENT_ENTRIES * 2);
  readonly times = new Float64Array(SEGMENT_ENTRIES);
  readonly #offsets = new Float64Array(SEGMENT_ENTRIES);
  /** Of each entry its content hash, and then its id. */
  #texts = Buffer.allocUnsafeSlow(SEGMENT_ENTRIES * TEXT_BYTES);
  /** Where the two end, for each entry. */
  readonly #ends = new Uint32Array(SEGMENT_ENTRIES * 2);

  /** Puts an entry at a place; the places before it are taken. */
  put(place: number, { topic, id, hash, earlier, offset, time, contentHash }: SegmentEntry): void {
    this.topics[place] = topic;
    this.#links[place * 2] = hash;
    this.#links[place * 2 + 1] = earlier;
    this.times[place] = time;
    this.#offsets[place] = offset;
    const start = this.#startOf(place);
    this.#makeRoom(start + contentHash.length, id);
    const idStart = start + writeOneByteText(this.#texts, contentHash, start);
    this.#ends[place * 2] = idStart;
    this.#ends[place * 2 + 1] = idStart + writeText(this.#texts, id, idStart);
  }

  /** The hash of the entry at a place. */
  hashAt(place: number): number {
    return this.#links[place * 2] as number;
  }

  /** The last 32 bits of the number of the entry before it. */
  earlierAt(place: number): number {
    return this.#links[place * 2 + 1] as number;
  }

  /** Sets what {@link earlierAt} returns. */
  setEarlier(place: number, earlier: number): void {
    this.#links[place * 2 + 1] = earlier;
  }

  /** Whether the entry at a place is of a topic and an id. */
  is(place: number, topic: number, id: string): boolean {
    return this.topics[place] === topic && this.#texts.toString("utf8", ...this.#idOf(place)) === id;
  }

  /** What is remembered at a place. */
  entry(place: number): DedupeEntry {
    return {
      offset: this.#offsets[place] as number,
      time: this.times[place] as number,
      contentHash: this.#texts.toString("latin1", this.#startOf(place), this.#ends[place * 2]),
    };
  }

  #startOf(place: number): number {
    return place === 0 ? 0 : (this.#ends[place * 2 - 1] as number);
  }

  #idOf(place: number): [number, number] {
    return [this.#ends[place * 2] as number, this.#ends[place * 2 + 1] as number];
  }

  #makeRoom(start: number, id: string): void {
    if (start + id.length * MAX_CHARACTER_BYTES <= this.#texts.length) return;
    const end = start + Buffer.byteLength(id);
    if (end <= this.#texts.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(end, Math.ceil(this.#texts.length * 1.5)));
    this.#texts.copy(larger);
    this.#texts = larger;
  }
}
