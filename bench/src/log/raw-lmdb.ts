import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";
import type { AppendLog } from "./appender.js";
import { EVENT_DATA } from "./event.js";

/** What the events are stored under: the offset, or the topic and then the offset. */
export type KeyKind = "offset" | "topic and offset";

/**
 * lmdb as it comes, with one key per event. It commits in groups of itself: what is put in one turn of
 * the event loop shares a commit. By offset it is the least that lmdb can do, and one topic cannot be
 * read without the others; by topic and offset it can.
 */
export class RawLmdb implements AppendLog {
  readonly #db: RootDatabase<Buffer, number | [number, number]>;
  readonly #kind: KeyKind;
  #offset = 0;

  constructor(path: string, kind: KeyKind) {
    this.#db = open({
      path: join(path, "raw.mdb"),
      noSubdir: true,
      // As the engine: with it a put may resolve before it is on disk.
      overlappingSync: false,
      encoding: "binary",
    });
    this.#kind = kind;
  }

  append(topics: readonly number[]): Promise<unknown> {
    let committed: Promise<boolean> | undefined;
    for (const topic of topics) {
      const offset = ++this.#offset;
      committed = this.#db.put(this.#kind === "offset" ? offset : [topic, offset], EVENT_DATA);
    }
    return committed ?? Promise.resolve();
  }

  /** Reads everything in the order of the keys; returns how many events there were. */
  readAll(): number {
    return this.#read({});
  }

  /** Reads a topic; returns how many events it had. */
  readTopic(topic: number): number {
    return this.#read({ start: [topic, 0], end: [topic + 1, 0] });
  }

  close(): Promise<void> {
    return this.#db.close();
  }

  #read(range: { start?: [number, number]; end?: [number, number] }): number {
    let count = 0;
    for (const { value } of this.#db.getRange(range)) {
      count += value.length === EVENT_DATA.length ? 1 : Number.NaN;
    }
    return count;
  }
}
