import type { LmdbState } from "./lmdb-state.js";
import type { LmdbTopic } from "./lmdb-topic.js";
import type { OpenLog } from "./open-log.js";
import type { Tables } from "./tables.js";
import type { TopicIndex } from "./topic-index.js";
import type { LmdbTuning } from "./tuning.js";

/** What a topic's record and the keys of its index take besides, about. */
const RECORD_BYTES = 200;

/** Writes topics' records and indexes behind the log. */
export class IndexWriter {
  readonly #tables: Tables;
  readonly #log: OpenLog;
  readonly #state: LmdbState;
  readonly #index: TopicIndex;
  readonly #tuning: LmdbTuning;
  #queue: LmdbTopic[] = [];
  /** Once the queue is written, everything up to here is in the index. */
  #target: number | undefined;

  constructor(parts: {
    tables: Tables;
    log: OpenLog;
    state: LmdbState;
    index: TopicIndex;
    tuning: LmdbTuning;
  }) {
    this.#tables = parts.tables;
    this.#log = parts.log;
    this.#state = parts.state;
    this.#index = parts.index;
    this.#tuning = parts.tuning;
  }

  /** Whether there is something to write. */
  get isDue(): boolean {
    return this.#target !== undefined || this.#state.pendingBlocks > this.#tuning.maxPendingBlocks;
  }

  /** Writes some topics; call again while `isDue`. */
  async step(): Promise<void> {
    if (this.#target === undefined) this.#begin();
    const topics = this.#queue.splice(0, this.#tuning.indexTopics);
    const counts: number[] = [];
    const target = this.#queue.length === 0 ? this.#target : undefined;
    try {
      await this.#tables.write("upkeep", sizeOf(topics), () => {
        for (const topic of topics) {
          counts.push(this.#index.putPending(topic));
          void this.#tables.topics.put(topic.id, encodeIndexed(topic));
        }
        if (target !== undefined) this.#log.putIndexed(target);
      });
    } catch (error) {
      for (const topic of topics) topic.isDirty = true;
      this.#queue.unshift(...topics);
      throw error;
    }
    for (const [position, topic] of topics.entries()) {
      const count = counts[position] ?? 0;
      this.#index.tookPending(topic, count);
      this.#state.pendingBlocks -= count;
    }
    if (target === undefined) return;
    this.#log.indexed(target);
    this.#target = undefined;
  }

  /** Writes everything. */
  async finish(): Promise<void> {
    this.#begin();
    while (this.#target !== undefined) await this.step();
  }

  #begin(): void {
    this.#target = this.#state.tail;
    this.#queue = this.#state.topics.filter(({ pending, isDirty }) => pending.length > 0 || isDirty);
  }
}

/** About what topics' records and pending blocks take, in bytes. */
function sizeOf(topics: readonly LmdbTopic[]): number {
  return topics.reduce(
    (bytes, { name, pending }) => bytes + RECORD_BYTES + name.length + 4 * pending.length,
    0,
  );
}

/** A topic's record as it is once its pending blocks are in the index. */
function encodeIndexed(topic: LmdbTopic): Buffer {
  const { indexedThrough } = topic;
  topic.indexedThrough = topic.pending.at(-1) ?? indexedThrough;
  const record = topic.encode();
  topic.indexedThrough = indexedThrough;
  topic.isDirty = false;
  return record;
}
