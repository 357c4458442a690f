import type { Group } from "./block.js";
import { encodeDirectory, type Directory } from "./directory.js";
import type { LmdbState } from "./lmdb-state.js";
import type { LmdbTopic } from "./lmdb-topic.js";
import type { LogReader } from "./log-reader.js";
import type { Room } from "./room.js";
import type { Tables } from "./tables.js";
import type { TopicIndex } from "./topic-index.js";
import type { Trimmer } from "./trimmer.js";
import type { LmdbTuning } from "./tuning.js";

/** Topics whose index is tidied in one step. */
const TIDY_TOPICS = 256;

/** What is to be changed about a block. */
interface Change {
  /** Bytes that are written anew. */
  readonly bytes: number;
  readonly put: () => void;
}

/**
 * Removes the blocks whose events are all trimmed, and rewrites those that mostly are. A block may
 * hold events of many topics, so this is done for all topics at once, when it is worth it.
 */
export class Sweeper {
  readonly #tables: Tables;
  readonly #state: LmdbState;
  readonly #reader: LogReader;
  readonly #index: TopicIndex;
  readonly #trimmer: Trimmer;
  readonly #room: Room;
  readonly #tuning: LmdbTuning;
  #cursor: number | undefined;
  #toTidy: LmdbTopic[] = [];
  /** What the last sweep had to leave. */
  #residue = 0;

  constructor(parts: {
    tables: Tables;
    state: LmdbState;
    reader: LogReader;
    index: TopicIndex;
    trimmer: Trimmer;
    room: Room;
    tuning: LmdbTuning;
  }) {
    this.#tables = parts.tables;
    this.#state = parts.state;
    this.#reader = parts.reader;
    this.#index = parts.index;
    this.#trimmer = parts.trimmer;
    this.#room = parts.room;
    this.#tuning = parts.tuning;
    // What the last run trimmed and did not sweep is not known: look once.
    if (this.#state.newestTrim > 0) this.#cursor = 0;
  }

  /** Whether there is something to sweep. */
  get isDue(): boolean {
    const { minDeadBytes, minDeadShare } = this.#tuning;
    const threshold = this.#room.isFull ? 0 : Math.max(minDeadBytes, this.#state.liveBytes * minDeadShare);
    return (
      this.#cursor !== undefined ||
      this.#toTidy.length > 0 ||
      this.#state.deadBytes - this.#residue > threshold
    );
  }

  /** Sweeps for a few ms; call again while `isDue`. */
  async step(): Promise<void> {
    // A crash would bring back what was trimmed without a saved mark: it must still be there.
    await this.#trimmer.save();
    if (this.#cursor === undefined && this.#toTidy.length > 0) {
      await this.#tidy(this.#toTidy.splice(0, TIDY_TOPICS));
      return;
    }
    const deadline = performance.now() + this.#tuning.stepMs;
    const changes: Change[] = [];
    let removed = 0;
    let next: number | undefined;
    for (const directory of this.#reader.soundDirectoriesFrom(this.#cursor ?? 0)) {
      if (directory.blockOffset > this.#state.newestTrim) break;
      removed += this.#sweep(directory, changes);
      if (performance.now() <= deadline) continue;
      next = directory.blockOffset + 1;
      break;
    }
    if (changes.length > 0) {
      const bytes = changes.reduce((sum, change) => sum + change.bytes, 0);
      await this.#tables.write("room", bytes, () => {
        for (const { put } of changes) put();
      });
    }
    this.#state.deadBytes = Math.max(0, this.#state.deadBytes - removed);
    this.#cursor = next;
    if (next !== undefined) return;
    this.#residue = this.#state.deadBytes;
    this.#toTidy = [...this.#trimmer.takeTrimmed()];
  }

  /** Adds what is to be changed about a block; returns how many trimmed bytes that removes. */
  #sweep({ blockOffset, time, groups }: Directory, changes: Change[]): number {
    const { blocks, directories } = this.#tables;
    const isLive = ({ topicId, lastOffset }: Group): boolean =>
      lastOffset > (this.#state.byId(topicId)?.trimmedThrough ?? 0);
    const live = groups.filter(isLive);
    if (live.length === groups.length) return 0;
    const removed = sizeOf(groups) - sizeOf(live);
    if (live.length === 0) {
      const put = (): void => {
        void blocks.remove(blockOffset);
        void directories.remove(blockOffset);
      };
      changes.push({ bytes: 0, put });
      return removed;
    }
    if (lengthOf(live) * 2 > lengthOf(groups)) return 0;
    const block = blocks.get(blockOffset);
    if (block === undefined) return 0;
    const { bytes, groups: moved } = compact(block, live);
    const put = (): void => {
      void blocks.put(blockOffset, bytes);
      void directories.put(blockOffset, encodeDirectory({ blockOffset, time, groups: moved }));
    };
    changes.push({ bytes: bytes.length, put });
    return removed;
  }

  async #tidy(topics: readonly LmdbTopic[]): Promise<void> {
    await this.#tables.write("room", 0, () => {
      for (const topic of topics) this.#index.removeTrimmed(topic);
    });
  }
}

function compact(block: Buffer, groups: readonly Group[]): { bytes: Buffer; groups: readonly Group[] } {
  let start = 0;
  const moved = groups.map((group) => {
    const at = { ...group, start };
    start += group.length;
    return at;
  });
  const parts = groups.map((group) => block.subarray(group.start, group.start + group.length));
  return { bytes: Buffer.concat(parts), groups: moved };
}

function sizeOf(groups: readonly Group[]): number {
  return groups.reduce((sum, { size }) => sum + size, 0);
}

function lengthOf(groups: readonly Group[]): number {
  return groups.reduce((sum, { length }) => sum + length, 0);
}
