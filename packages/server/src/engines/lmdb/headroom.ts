import { open, type FileHandle } from "node:fs/promises";
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { LmdbTuning } from "./tuning.js";
import { isSpaceError, storageFull } from "./write-error.js";

/** How long a look at the disk is believed when there is plenty, in ms. */
const BELIEF_MS = 50;
/** What a commit may take besides its data, in bytes: copies of the pages that lead to it. */
const COMMIT_BYTES = 131_072;
/** Of the free pages within the file so many times the data is needed, because they lie in pieces. */
const PIECES = 4;
/** The file's end is moved in steps of so many bytes. */
const STEP_BYTES = 262_144;

/** What a write is for: on a full disk, what makes room may use what is held back. */
export type WritePurpose = "events" | "upkeep" | "room";

/** What lmdb counts pages of. */
interface Counted {
  getStats(): object;
}

/** What lmdb says of a table, of what it is typed to say. */
interface Stats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
  readonly root: Stats;
  readonly free: Stats;
  readonly lastPageNumber: number;
}

/**
 * Keeps room in the file ahead of what lmdb writes, once the disk gets tight: where the system refuses
 * it a write, lmdb 3.5.6 writes its message past the end of its memory, and the process may end later.
 * Some of that room is held back for trimming.
 */
export class Headroom {
  readonly #file: string;
  readonly #env: Counted;
  readonly #tables: readonly Counted[];
  readonly #tuning: LmdbTuning;
  #handle: FileHandle | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #freeBytes = 0;
  /** What the commits under way may take. */
  #promised = 0;

  /**
   * @param file - the data file
   * @param env - the environment
   * @param tables - its tables
   */
  constructor(file: string, env: Counted, tables: readonly Counted[], tuning: LmdbTuning) {
    this.#file = file;
    this.#env = env;
    this.#tables = tables;
    this.#tuning = tuning;
  }

  /**
   * Makes a commit, if there is room for it.
   *
   * @param bytes - what is to be written
   * @throws RtmsgError `STORAGE_FULL`
   */
  async use(purpose: WritePurpose, bytes: number, commit: () => Promise<unknown>): Promise<void> {
    const needed = 2 * bytes + COMMIT_BYTES;
    if (this.#freeOnDisk() < needed + this.#tuning.plentyBytes) await this.#require(purpose, bytes, needed);
    this.#promised += needed;
    try {
      await commit();
    } finally {
      this.#promised -= needed;
    }
  }

  /** Bytes of the file that may hold something. */
  get usedBytes(): number {
    const { lastPageNumber, pageSize } = statsOf(this.#env);
    return (lastPageNumber + 1) * pageSize;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #require(purpose: WritePurpose, bytes: number, needed: number): Promise<void> {
    const wanted = needed + (purpose === "room" ? 0 : this.#tuning.reserveBytes);
    const ahead = await this.#moveEnd(wanted);
    if (ahead >= wanted) return;
    // Free pages within the file will do, as long as there is room where they should not.
    const isEnough = ahead >= needed || purpose === "room";
    if (!isEnough || this.#freeInFile() < PIECES * bytes + COMMIT_BYTES)
      throw storageFull(dirname(this.#file));
  }

  /** Makes the file reach so many bytes past what is in use, if it can; returns how many it does. */
  async #moveEnd(wanted: number): Promise<number> {
    // Opened for appending: what is written never lands on what lmdb has written meanwhile.
    this.#handle ??= await open(this.#file, "a");
    const ahead = await this.#bytesAhead(this.#handle);
    if (ahead >= wanted) return ahead;
    try {
      await this.#handle.appendFile(Buffer.alloc(Math.ceil((wanted - ahead) / STEP_BYTES) * STEP_BYTES));
    } catch (error) {
      if (!isSpaceError(error)) throw error;
    }
    return this.#bytesAhead(this.#handle);
  }

  async #bytesAhead(handle: FileHandle): Promise<number> {
    const { size } = await handle.stat();
    const { lastPageNumber, pageSize } = statsOf(this.#env);
    return size - (lastPageNumber + 1) * pageSize - this.#promised;
  }

  #freeOnDisk(): number {
    const now = performance.now();
    if (this.#freeBytes >= this.#tuning.plentyBytes && now - this.#lookedAt < BELIEF_MS)
      return this.#freeBytes;
    const { bavail, bsize } = statfsSync(dirname(this.#file));
    this.#freeBytes = bavail * bsize;
    this.#lookedAt = now;
    return this.#freeBytes;
  }

  /** Bytes of the file's pages that hold nothing. */
  #freeInFile(): number {
    const { root, free, lastPageNumber, pageSize } = statsOf(this.#env);
    let used = pagesOf(root) + pagesOf(free);
    for (const table of this.#tables) used += pagesOf(statsOf(table));
    // The first two pages hold the records of commits.
    return (lastPageNumber - 1 - used) * pageSize;
  }
}

function pagesOf({ treeBranchPageCount, treeLeafPageCount, overflowPages }: Stats): number {
  return treeBranchPageCount + treeLeafPageCount + overflowPages;
}

function statsOf(counted: Counted): Stats {
  return counted.getStats() as Stats;
}
