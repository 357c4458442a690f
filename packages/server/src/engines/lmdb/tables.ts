import { stat } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { open, type Database, type RootDatabase } from "lmdb";
import { isRtmsgError } from "../../protocol/error.js";
import type { LogBackup } from "../../log/engine.js";
import { makeCopy } from "./backup.js";
import { Headroom, type WritePurpose } from "./headroom.js";
import { FORMAT, isMetaSound, sealMeta, UNSEALED_FORMAT, type LogMeta } from "./log-meta.js";
import { sealOld } from "./seal.js";
import type { LmdbTuning } from "./tuning.js";
import { describeWriteError, storageFailed } from "./write-error.js";

/** A topic's id, and the first of the blocks that the entry names. */
export type IndexKey = [number, number];

/** The epoch of another log, and a topic's id. */
type ImportKey = [string, number];

/** There is room for events if there is for one of the largest that are taken unless told otherwise, in bytes. */
const LARGE_EVENT_BYTES = 1_048_576;
/** So many turns of the event loop a commit is looked for at once, before that is done less often. */
const EAGER_LOOKS = 50;

/** The log is of a version that this one does not know. */
export class NewerFormatError extends Error {}

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
  /** How far topics have the events of other logs. */
  readonly imports: Database<Buffer, ImportKey>;
  readonly #env: RootDatabase;
  readonly #path: string;
  readonly #isRelaxed: boolean;
  readonly #tuning: LmdbTuning;
  readonly #headroom: Headroom;
  /** Whether the last write failed. */
  #hasFailed = false;
  /** Whether lmdb takes no more transactions. */
  #isBroken = false;
  /** Why a sync failed that nobody waited for; the next write is told. */
  #failedSync: Error | undefined;

  /**
   * @param path - the data folder
   * @param isRelaxed - whether a write resolves before it is on disk
   * @param tuning - what the engine goes by
   * @throws Error when the folder holds something else, or a log of a newer version, or cannot be used
   */
  constructor(path: string, isRelaxed: boolean, tuning: LmdbTuning) {
    this.#path = path;
    this.#isRelaxed = isRelaxed;
    this.#tuning = tuning;
    const file = join(path, "data.mdb");
    this.#env = open({
      path: file,
      noSubdir: true,
      maxDbs: 8,
      // Without it a write may resolve before its sync (and with it never).
      overlappingSync: isRelaxed,
      // Batches are made by hand; lmdb's own would reject a promise that nobody holds.
      eventTurnBatching: false,
      // Else what is left of a page holds whatever the process had in that memory, secrets too.
      noMemInit: false,
    });
    const binary = { encoding: "binary" } as const;
    this.meta = this.#env.openDB({ name: "meta", encoding: "json" });
    // Before anything is added to it.
    this.#checkFormat();
    this.topics = this.#env.openDB({ name: "topics", ...binary });
    this.directories = this.#env.openDB({ name: "directories", ...binary });
    this.blocks = this.#env.openDB({ name: "blocks", ...binary });
    this.index = this.#env.openDB({ name: "index", ...binary });
    this.ids = this.#env.openDB({ name: "ids", ...binary });
    this.imports = this.#env.openDB({ name: "imports", ...binary });
    const { meta, topics, directories, blocks, index, ids, imports } = this;
    const tables = [meta, topics, directories, blocks, index, ids, imports];
    this.#sealOldRecords();
    this.#headroom = new Headroom(file, this.#env, tables, tuning);
  }

  #checkFormat(): void {
    const log = this.meta.get("log");
    const format = log?.format ?? FORMAT;
    if (format === FORMAT || format === UNSEALED_FORMAT) {
      if (log === undefined || isMetaSound(log)) return;
      void this.#env.close();
      throw new Error("its own record is not as it was written");
    }
    void this.#env.close();
    throw new NewerFormatError(
      `The log in ${this.#path} has format ${format}, and this version of rtmsg reads format ${FORMAT}: use the version that wrote it, or a newer one`,
    );
  }

  /** A log that was written before there were seals gets them, all or none. */
  #sealOldRecords(): void {
    const log = this.meta.get("log");
    if (log?.format !== UNSEALED_FORMAT) return;
    this.#env.transactionSync(() => {
      sealAll(this.topics);
      sealAll(this.ids);
      sealAll(this.imports);
      void this.meta.put("log", sealMeta({ ...log, format: FORMAT }));
    });
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
   * @param purpose - what it is for
   * @param bytes - about how much is written
   * @param put - makes the changes
   * @param isVisible - tells whether the changes can be read: relaxed, a write waits for that only
   * @returns once the changes are on disk, or visible
   * @throws RtmsgError `STORAGE_FULL`, `STORAGE_FAILED`; nothing is written then
   */
  async write(
    purpose: WritePurpose,
    bytes: number,
    put: () => void,
    isVisible?: () => boolean,
  ): Promise<void> {
    if (this.#isBroken) throw storageFailed(this.#path, "the file's record of commits, restart the broker");
    try {
      await this.#headroom.use(purpose, bytes, async () => {
        const code = this.#tuning.failWrite();
        if (code !== undefined)
          throw Object.assign(new Error(`error ${code}, as the test asked for`), { code });
        this.#throwFailedSync();
        const stored = this.#env.batch(put);
        await (this.#isRelaxed && isVisible !== undefined ? this.#untilVisible(stored, isVisible) : stored);
      });
      this.#hasFailed = false;
    } catch (error) {
      if (isRtmsgError(error)) throw error;
      this.#hasFailed = true;
      this.#isBroken ||= !this.#canBegin();
      throw await describeWriteError(error, this.#path);
    }
  }

  /**
   * Waits until a batch can be read. lmdb resolves it only after its sync, whether or not that was asked
   * for; and it tells nobody of the moment before.
   */
  async #untilVisible(stored: Promise<unknown>, isVisible: () => boolean): Promise<void> {
    const settled = stored.then(
      () => true,
      () => true,
    );
    for (let looks = 0; ; looks++) {
      const turn = looks < EAGER_LOOKS ? nextTurn(false) : delay(1, false);
      if (await Promise.race([settled, turn])) break;
      this.#env.resetReadTxn();
      if (!isVisible()) continue;
      stored.catch((error: unknown) => {
        this.#failedSync = error instanceof Error ? error : new Error(String(error));
      });
      return;
    }
    await stored;
  }

  #throwFailedSync(): void {
    const error = this.#failedSync;
    if (error === undefined) return;
    this.#failedSync = undefined;
    throw error;
  }

  /**
   * Tells whether events could be written. After a write that failed, one that changes nothing is tried.
   *
   * @throws RtmsgError `STORAGE_FULL`, `STORAGE_FAILED`
   */
  async checkWritable(): Promise<void> {
    if (this.#isBroken || this.#hasFailed) {
      await this.write("events", 0, () => void this.meta.remove("absent"));
      return;
    }
    await this.#headroom.use("events", LARGE_EVENT_BYTES, () => Promise.resolve());
  }

  /** What the log's file takes, in bytes. */
  async fileBytes(): Promise<number> {
    return (await stat(join(this.#path, "data.mdb"))).size;
  }

  /**
   * Makes a copy of the log, as it is now.
   *
   * @throws RtmsgError `STORAGE_FULL`
   */
  copy(): Promise<LogBackup> {
    return makeCopy(this.#path, this.#env, this.#headroom.usedBytes);
  }

  /** Closes the environment, once what was written is on disk. */
  async close(): Promise<void> {
    // After a relaxed write that failed, lmdb would wait for its sync for ever; a write that does
    // nothing takes that write's place.
    if (this.#hasFailed && !this.#isBroken) await this.meta.remove("absent").catch(() => undefined);
    await this.#env.close();
    await this.#headroom.close();
  }

  /**
   * Whether lmdb takes another transaction. After a failure to write the record of a commit it does not,
   * and it never answers a batch that tries.
   */
  #canBegin(): boolean {
    try {
      this.#env.transactionSync(() => undefined);
      return true;
    } catch {
      return false;
    }
  }
}

function sealAll<Key extends number | ImportKey>(table: Database<Buffer, Key>): void {
  // Read whole before it is written to.
  const records = [...table.getRange({})];
  for (const { key, value } of records) void table.put(key, sealOld(value));
}
