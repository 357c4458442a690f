import { isRtmsgError } from "../../protocol/error.js";
import type { OpenLog } from "./open-log.js";
import type { Reserve } from "./reserve.js";
import type { Tables } from "./tables.js";

/**
 * What a full disk changes. Trimming may use the reserve; while it does, nothing is appended, or the
 * events would take the reserve and leave the disk full.
 */
export class Room {
  readonly #tables: Tables;
  readonly #reserve: Reserve;
  readonly #log: OpenLog;
  #isFull = false;
  #isUsingReserve = false;

  constructor(tables: Tables, reserve: Reserve, log: OpenLog) {
    this.#tables = tables;
    this.#reserve = reserve;
    this.#log = log;
  }

  /** Whether a write found no room, and no event was stored since. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Whether trimming is using the reserve: events have to wait. */
  get isUsingReserve(): boolean {
    return this.#isUsingReserve;
  }

  /** Writes what is going to make room, with the reserve if need be. */
  async write(put: () => void): Promise<void> {
    try {
      await this.#tables.write(put);
    } catch (error) {
      this.note(error);
      if (!isRtmsgError(error, "STORAGE_FULL") || !(await this.#reserve.release())) throw error;
      this.#isUsingReserve = true;
      await this.#tables.write(put);
    }
  }

  /** Notes how a write of events ended. */
  note(error?: unknown): void {
    if (error === undefined) this.#isFull = false;
    else if (isRtmsgError(error, "STORAGE_FULL")) this.#isFull = true;
  }

  /** Ends the use of the reserve, when there is nothing left to trim or sweep. */
  async settle(): Promise<void> {
    if (!this.#isFull) return;
    try {
      // lmdb uses the pages that a commit freed only from the next but one commit on.
      for (let commit = 0; commit < 2; commit++) await this.#log.note();
      if (this.#isUsingReserve) await this.#reserve.reclaim();
    } finally {
      this.#isUsingReserve = false;
    }
  }
}
