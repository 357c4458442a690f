import { createEpoch } from "../../log/epoch.js";
import { isRtmsgError } from "../../protocol/error.js";
import { FORMAT, sealMeta, type LogMeta } from "./log-meta.js";
import type { Tables } from "./tables.js";

/** The log's own record, from when the log is opened until it is closed. */
export class OpenLog {
  readonly epoch: string;
  readonly isRelaxed: boolean;
  readonly #tables: Tables;
  readonly #bootId: string;
  readonly #isNew: boolean;
  #indexedThrough: number;
  #isNoted = false;

  /** A log that may have lost something becomes another one, and so does a copy. */
  constructor(tables: Tables, isRelaxed: boolean, bootId: string) {
    const stored = tables.meta.get("log");
    this.#tables = tables;
    this.#bootId = bootId;
    this.#isNew = stored === undefined;
    this.#indexedThrough = stored?.indexedThrough ?? 0;
    this.isRelaxed = isRelaxed;
    const isOther = stored === undefined || stored.isCopy === true || mayHaveLost(stored, bootId);
    this.epoch = isOther ? createEpoch() : stored.epoch;
  }

  /** Every block up to this one is in the topics' records and indexes. */
  get indexedThrough(): number {
    return this.#indexedThrough;
  }

  /**
   * Notes that the log is open.
   *
   * @throws RtmsgError `STORAGE_FAILED`; `STORAGE_FULL` when the log is a new one
   */
  async begin(): Promise<void> {
    try {
      await this.note();
    } catch (error) {
      if (!isRtmsgError(error, "STORAGE_FULL")) throw error;
      // What is there can be read all the same; the note goes with the first event that finds room.
      if (this.#isNew) throw error;
    }
  }

  /** Writes the record as it is. */
  async note(): Promise<void> {
    await this.#tables.write("room", 0, () => this.#put(this.#indexedThrough, false));
    this.#isNoted = true;
  }

  /** Puts the record into the batch that is being made, if it could not be written before. */
  putOnce(): void {
    if (!this.#isNoted) this.#put(this.#indexedThrough, false);
  }

  /** Takes it that a batch with `putOnce` was written. */
  wrote(): void {
    this.#isNoted = true;
  }

  /** Puts into the batch that is being made how far the index goes. */
  putIndexed(through: number): void {
    this.#put(through, false);
  }

  /** Takes it that a batch with `putIndexed` was written. */
  indexed(through: number): void {
    this.#indexedThrough = through;
  }

  /** Notes that the log was closed in order. */
  async end(): Promise<void> {
    await this.#tables.write("room", 0, () => this.#put(this.#indexedThrough, true));
  }

  #put(indexedThrough: number, isClean: boolean): void {
    const { epoch, isRelaxed } = this;
    const record = { format: FORMAT, epoch, indexedThrough, isRelaxed, bootId: this.#bootId, isClean };
    void this.#tables.meta.put("log", sealMeta(record));
  }
}

/**
 * Whether events that were acknowledged may be gone: receipts did not wait for the disk, and the
 * machine went down, or cannot tell whether it did. Offsets could then be used twice, so the log becomes
 * another one.
 */
function mayHaveLost(meta: LogMeta, bootId: string): boolean {
  const isSameBoot = bootId !== "" && meta.bootId === bootId;
  return meta.isRelaxed && !meta.isClean && !isSameBoot;
}
