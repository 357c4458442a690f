import type { TopicState } from "../../log/engine.js";
import { seal, SEAL_BYTES } from "./seal.js";
import type { Retention } from "../../protocol/topic-info.js";
import type { Group } from "./block.js";

/** One topic of the lmdb engine: what is known of it without reading the log. */
export class LmdbTopic {
  readonly id: number;
  readonly name: string;
  readonly retention: Retention;
  lastOffset = 0;
  lastTime = 0;
  /** First retained event; 0 when none is. */
  firstOffset = 0;
  firstTime = 0;
  count = 0;
  bytes = 0;
  trimmedThrough = 0;
  /** Number of its last trim; 0 before the first. */
  lastTrim = 0;
  /** The last block that the stored index knows of. */
  indexedThrough = 0;
  /** Blocks with its events that the stored index does not know of yet, in order. */
  pending: number[] = [];
  /** Whether the stored record is older than this. */
  isDirty = false;

  constructor(id: number, name: string, retention: Retention) {
    this.id = id;
    this.name = name;
    this.retention = retention;
  }

  /** Takes a group of new events in. */
  add(group: Group, time: number): void {
    if (this.count === 0) {
      this.firstOffset = group.firstOffset;
      this.firstTime = time;
    }
    this.lastOffset = group.lastOffset;
    this.lastTime = time;
    this.count += group.count;
    this.bytes += group.size;
    this.isDirty = true;
  }

  /** Whether retention no longer keeps everything. */
  isOverdue(now: number): boolean {
    const { maxEvents, maxAge, maxBytes } = this.retention;
    return (
      this.count > 0 &&
      ((maxEvents !== undefined && this.count > maxEvents) ||
        (maxBytes !== undefined && this.bytes > maxBytes) ||
        (maxAge !== undefined && now - this.firstTime > maxAge))
    );
  }

  state(): TopicState {
    return {
      topic: this.name,
      firstOffset: this.count === 0 ? undefined : this.firstOffset,
      lastOffset: this.lastOffset,
      lastTime: this.lastTime,
      count: this.count,
      bytes: this.bytes,
      trimmedThrough: this.trimmedThrough,
    };
  }

  /** The record that brings the topic back after a restart. */
  encode(): Buffer {
    const name = Buffer.from(this.name);
    const bytes = Buffer.allocUnsafe(NUMBERS * 8 + name.length + SEAL_BYTES);
    const numbers = [
      this.lastOffset,
      this.lastTime,
      this.firstOffset,
      this.firstTime,
      this.count,
      this.bytes,
      this.trimmedThrough,
      this.indexedThrough,
    ];
    for (const [index, number] of numbers.entries()) bytes.writeDoubleLE(number, index * 8);
    name.copy(bytes, NUMBERS * 8);
    return seal(bytes);
  }

  /** Brings a topic back, from its record without the seal. */
  static decode(id: number, bytes: Buffer, retentionOf: (topic: string) => Retention): LmdbTopic {
    const name = bytes.toString("utf8", NUMBERS * 8);
    const topic = new LmdbTopic(id, name, retentionOf(name));
    const number = (index: number): number => bytes.readDoubleLE(index * 8);
    topic.lastOffset = number(0);
    topic.lastTime = number(1);
    topic.firstOffset = number(2);
    topic.firstTime = number(3);
    topic.count = number(4);
    topic.bytes = number(5);
    topic.trimmedThrough = number(6);
    topic.indexedThrough = number(7);
    return topic;
  }
}

/** How many numbers a record begins with. */
const NUMBERS = 8;
