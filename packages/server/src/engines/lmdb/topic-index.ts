import type { LmdbTopic } from "./lmdb-topic.js";
import type { IndexKey, Tables } from "./tables.js";

/**
 * Which blocks hold a topic's events. New blocks are kept in memory and written behind, many at a
 * time, because an entry of its own in each commit would cost as much as the event when events are
 * spread over many topics. What was not written is found again at start from the directories.
 */
export class TopicIndex {
  readonly #tables: Tables;
  readonly #chunkBlocks: number;

  /**
   * @param tables - where the index is stored
   * @param chunkBlocks - blocks that one entry names at most
   */
  constructor(tables: Tables, chunkBlocks: number) {
    this.#tables = tables;
    this.#chunkBlocks = chunkBlocks;
  }

  /** A topic's blocks, from the one that may hold the first event after an offset. */
  *blocksAfter(topic: LmdbTopic, offset: number): Generator<number, void> {
    const { pending, indexedThrough } = topic;
    // The block that holds offset + 1 is stored under that offset or a smaller one.
    const target = offset + 1;
    const firstPending = pending[0];
    if (indexedThrough > 0 && (firstPending === undefined || firstPending > target)) {
      const start = this.#chunkAtOrBefore(topic, target);
      let previous = 0;
      for (const { key, value } of this.#tables.index.getRange({
        start: [topic.id, start],
        end: [topic.id, indexedThrough + 1],
      })) {
        for (const block of decodeChunk(key[1], value)) {
          // Held back by one: whether a block may hold the target is known from the next.
          if (previous > 0 && block > target) yield previous;
          previous = block;
        }
      }
      if (previous > 0 && (firstPending === undefined || firstPending > target)) yield previous;
    }
    for (let index = floorIndex(pending, target); index < pending.length; index++) {
      yield pending[index] as number;
    }
  }

  /** A topic's blocks, from the newest back. */
  *blocksBackwards(topic: LmdbTopic): Generator<number, void> {
    for (let index = topic.pending.length - 1; index >= 0; index--) yield topic.pending[index] as number;
    if (topic.indexedThrough === 0) return;
    const start: IndexKey = [topic.id, topic.indexedThrough];
    for (const { key, value } of this.#tables.index.getRange({ start, end: [topic.id, 0], reverse: true })) {
      yield* decodeChunk(key[1], value).toReversed();
    }
  }

  /** Puts a topic's pending blocks into the batch that is being made; returns how many. */
  putPending(topic: LmdbTopic): number {
    const { pending } = topic;
    for (let start = 0; start < pending.length; start += this.#chunkBlocks) {
      const chunk = pending.slice(start, start + this.#chunkBlocks);
      void this.#tables.index.put([topic.id, chunk[0] as number], encodeChunk(chunk));
    }
    return pending.length;
  }

  /** Takes back what `putPending` wrote, once it is written. */
  tookPending(topic: LmdbTopic, count: number): void {
    if (count === 0) return;
    topic.indexedThrough = topic.pending[count - 1] as number;
    topic.pending = topic.pending.slice(count);
  }

  /** Removes, in the batch that is being made, what the index says of blocks before a topic's first event. */
  removeTrimmed(topic: LmdbTopic): void {
    const first = topic.count === 0 ? topic.lastOffset + 1 : topic.firstOffset;
    const keys = [...this.#tables.index.getKeys({ start: [topic.id, 0], end: [topic.id, first + 1] })];
    // The last of them may reach beyond the first event.
    for (const key of keys.slice(0, -1)) void this.#tables.index.remove(key);
  }

  #chunkAtOrBefore(topic: LmdbTopic, offset: number): number {
    const start: IndexKey = [topic.id, offset];
    for (const key of this.#tables.index.getKeys({ start, end: [topic.id, 0], reverse: true, limit: 1 }))
      return key[1];
    return 0;
  }
}

/** Index of the last number that is not above a target; 0 when all are. */
function floorIndex(numbers: readonly number[], target: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) <= target) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** The first block is the key; the rest are differences, seven bits a byte. */
function encodeChunk(blocks: readonly number[]): Buffer {
  const bytes: number[] = [];
  for (let index = 1; index < blocks.length; index++) {
    let difference = (blocks[index] as number) - (blocks[index - 1] as number);
    while (difference >= 128) {
      bytes.push((difference % 128) | 128);
      difference = Math.floor(difference / 128);
    }
    bytes.push(difference);
  }
  // lmdb has no empty values in every encoding; a leading zero is never a difference.
  return Buffer.from([0, ...bytes]);
}

/** The blocks that an entry of the index names. */
export function decodeChunk(first: number, bytes: Buffer): number[] {
  const blocks = [first];
  let block = first;
  let difference = 0;
  let factor = 1;
  for (let index = 1; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    difference += (byte & 127) * factor;
    factor *= 128;
    if (byte >= 128) continue;
    block += difference;
    blocks.push(block);
    difference = 0;
    factor = 1;
  }
  return blocks;
}
