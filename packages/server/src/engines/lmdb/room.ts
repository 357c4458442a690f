import { isRtmsgError } from "../../protocol/error.js";
import type { OpenLog } from "./open-log.js";

/** Knows whether the disk is full, and what helps then. */
export class Room {
  readonly #log: OpenLog;
  #isFull = false;

  constructor(log: OpenLog) {
    this.#log = log;
  }

  /** Whether events found no room, and none was stored since. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Notes how a write of events ended. */
  note(error?: unknown): void {
    if (error === undefined) this.#isFull = false;
    else if (isRtmsgError(error, "STORAGE_FULL")) this.#isFull = true;
  }

  /** Lets lmdb use what was freed: it takes the pages of a commit only in the next but one. */
  async settle(): Promise<void> {
    if (!this.#isFull) return;
    for (let commit = 0; commit < 2; commit++) await this.#log.note();
  }
}
