import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { open, type Database, type RootDatabase } from "lmdb";
import { RtmsgError } from "../../protocol/error.js";

/** The log's own record. */
export interface LogMeta {
  /** Version of the layout. */
  readonly format: number;
  readonly epoch: string;
  /** Whether receipts waited for the disk since the log was opened last. */
  readonly isRelaxed: boolean;
  /** The machine's boot that the log was opened in last. */
  readonly bootId: string;
  /** Whether the log was closed in order. */
  readonly isClean: boolean;
  /** Every block up to this one is in the topics' records and indexes. */
  readonly indexedThrough: number;
}

/** A topic's id, and the first of the blocks that the entry names. */
export type IndexKey = [number, number];

/** Free space below which a failed write is taken for a full disk, in bytes. */
const FULL_DISK_BYTES = 16 * 1_048_576;
/** What the operating system says when a write found no room; lmdb reports short writes as EIO. */
const SPACE_ERRORS: ReadonlySet<number> = new Set([5, 28, 122]);

/** The tables of a log in lmdb. Reads are synchronous; writes are atomic batches off the event loop. */
export class Tables {
  readonly meta: Database<LogMeta, string>;
  /** By topic id. */
  readonly topics: Database<Buffer, number>;
  /** By the block's offset. */
  readonly directories: Database<Buffer, number>;
  /** By the block's offset. */
  readonly blocks: Database<Buffer, number>;
  /** By topic id and first block: which blocks hold the topic's events. */
  readonly index: Database<Buffer, IndexKey>;
  /** By the commit's first offset: the event ids of the commit. */
  readonly ids: Database<Buffer, number>;
  readonly #env: RootDatabase;
  readonly #path: string;

  /**
   * @param path - the data folder
   * @param isRelaxed - whether a write resolves before it is on disk
   * @throws Error when the folder holds something else, or cannot be used
   */
  constructor(path: string, isRelaxed: boolean) {
    this.#path = path;
    this.#env = open({
      path: join(path, "data.mdb"),
      noSubdir: true,
      maxDbs: 8,
      // Without it a write may resolve before its sync (and with it never).
      overlappingSync: isRelaxed,
      // Batches are made by hand; lmdb's own would reject a promise that nobody holds.
      eventTurnBatching: false,
      noMemInit: true,
    });
    const binary = { encoding: "binary" } as const;
    this.meta = this.#env.openDB({ name: "meta", encoding: "json" });
    this.topics = this.#env.openDB({ name: "topics", ...binary });
    this.directories = this.#env.openDB({ name: "directories", ...binary });
    this.blocks = this.#env.openDB({ name: "blocks", ...binary });
    this.index = this.#env.openDB({ name: "index", ...binary });
    this.ids = this.#env.openDB({ name: "ids", ...binary });
  }

  /**
   * A block's bytes, in a buffer that the next read overwrites: a reader of one topic takes its group
   * out of it, and a block of many topics is not copied into memory of its own each time.
   */
  readBlock(blockOffset: number): Buffer | undefined {
    const bytes = this.blocks.getBinaryFast(blockOffset);
    // The shared buffer's length is set by hand; a view has the right bounds.
    return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /**
   * Writes atomically.
   *
   * @param put - makes the changes
   * @returns once the changes are on disk, or, relaxed, visible
   * @throws RtmsgError `STORAGE_FULL`, `STORAGE_FAILED`; nothing is written then
   */
  async write(put: () => void): Promise<void> {
    try {
      await this.#env.batch(put);
    } catch (error) {
      throw await this.#describe(error);
    }
  }

  /** Closes the environment, once what was written is on disk. */
  async close(): Promise<void> {
    await this.#env.close();
  }

  async #describe(error: unknown): Promise<RtmsgError> {
    const cause = await commitErrorOf(error);
    const { code, message } = cause as { code?: number; message?: string };
    if (code !== undefined && SPACE_ERRORS.has(code) && (await this.#isFull(code))) {
      return new RtmsgError(
        "STORAGE_FULL",
        `The disk of ${this.#path} is full: free space or trim topics, and produce again`,
        {},
        { cause },
      );
    }
    return new RtmsgError(
      "STORAGE_FAILED",
      `The log in ${this.#path} could not be written: ${message ?? String(cause)}`,
      {},
      { cause },
    );
  }

  async #isFull(code: number): Promise<boolean> {
    if (code !== 5) return true;
    const { bavail, bsize } = await statfs(this.#path);
    return bavail * bsize < FULL_DISK_BYTES;
  }
}

/** The reason of a failed batch, which lmdb hands over as a promise that rejects. */
async function commitErrorOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  if (commitError === undefined) return error;
  return commitError.catch((reason: unknown) => reason);
}
