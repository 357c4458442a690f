import { closeSync, fdatasync, openSync, readSync, write } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import type { AppendLog } from "./appender.js";
import { EVENT_DATA } from "./event.js";

const writeFile = promisify(write);
const syncFile = promisify(fdatasync);
/** Length and topic before an event, a checksum after a commit. */
const HEAD_BYTES = 8;
const CHECKSUM_BYTES = 4;
/** How much is read at a time. */
const CHUNK_BYTES = 262_144;

interface Pending {
  readonly topics: readonly number[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A log in a file, written by hand for this comparison: events that come while a commit is written
 * share the next one, which is one write and one sync. It has no index and trims nothing, so this is
 * about what a disk allows in Node.
 */
export class AppendFile implements AppendLog {
  readonly #file: number;
  #queue: Pending[] = [];
  #isRunning = false;

  constructor(path: string) {
    this.#file = openSync(join(path, "events.log"), "a+");
  }

  append(topics: readonly number[]): Promise<unknown> {
    return new Promise<void>((resolve, reject) => {
      this.#queue.push({ topics, resolve, reject });
      if (this.#isRunning) return;
      this.#isRunning = true;
      queueMicrotask(() => void this.#run());
    });
  }

  /** Reads everything; returns how many events there were. */
  readAll(): number {
    let count = 0;
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let position = 0; ;) {
      const length = readSync(this.#file, chunk, 0, CHUNK_BYTES, position);
      const used = countEvents(Buffer.from(chunk.subarray(0, length)), (data) => {
        count += data.length === EVENT_DATA.length ? 1 : Number.NaN;
      });
      if (used === 0) return count;
      position += used;
    }
  }

  close(): Promise<void> {
    closeSync(this.#file);
    return Promise.resolve();
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue;
      this.#queue = [];
      try {
        await writeFile(this.#file, encode(group));
        await syncFile(this.#file);
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#isRunning = false;
  }
}

function encode(group: readonly Pending[]): Buffer {
  const count = group.reduce((sum, { topics }) => sum + topics.length, 0);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + CHECKSUM_BYTES + count * (HEAD_BYTES + EVENT_DATA.length));
  // A commit begins with a length of 0, its own length, and a checksum.
  bytes.writeUInt32LE(0, 0);
  bytes.writeUInt32LE(bytes.length, 4);
  let position = HEAD_BYTES + CHECKSUM_BYTES;
  for (const { topics } of group) {
    for (const topic of topics) {
      bytes.writeUInt32LE(EVENT_DATA.length, position);
      bytes.writeUInt32LE(topic, position + 4);
      bytes.set(EVENT_DATA, position + HEAD_BYTES);
      position += HEAD_BYTES + EVENT_DATA.length;
    }
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(HEAD_BYTES + CHECKSUM_BYTES)), HEAD_BYTES);
  return bytes;
}

/** Calls for every whole event of a chunk; returns how many bytes those and the commits' heads take. */
function countEvents(chunk: Buffer, visit: (data: Buffer) => void): number {
  let position = 0;
  for (;;) {
    if (position + HEAD_BYTES > chunk.length) return position;
    const length = chunk.readUInt32LE(position);
    const end = position + HEAD_BYTES + (length === 0 ? CHECKSUM_BYTES : length);
    if (end > chunk.length) return position;
    if (length > 0) visit(chunk.subarray(position + HEAD_BYTES, end));
    position = end;
  }
}
