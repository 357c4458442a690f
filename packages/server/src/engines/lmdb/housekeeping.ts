import { setImmediate as nextTurn } from "node:timers/promises";
import { isRtmsgError } from "../../protocol/error.js";
import type { IdTable } from "./id-table.js";
import type { IndexWriter } from "./index-writer.js";
import type { Reserve } from "./reserve.js";
import type { Sweeper } from "./sweeper.js";
import type { Trimmer } from "./trimmer.js";
import { WorkQueue } from "./work-queue.js";

/** The parts that have something to do in the background. */
interface Parts {
  readonly trimmer: Trimmer;
  readonly sweeper: Sweeper;
  readonly indexWriter: IndexWriter;
  readonly ids: IdTable;
  readonly reserve: Reserve;
  readonly now: () => number;
  /** How often age is looked at, and failed work tried again, in ms. */
  readonly intervalMs: number;
}

/** Does the log's background work in small steps, one at a time. */
export class Housekeeping {
  readonly #parts: Parts;
  readonly #timer: NodeJS.Timeout;
  readonly #queue = new WorkQueue();
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#timer = setInterval(() => {
      parts.trimmer.noteAged(parts.now());
      void parts.reserve.hold();
      this.wake();
    }, parts.intervalMs).unref();
    void parts.reserve.hold();
    this.wake();
  }

  /** Starts what is due, if nothing is running. */
  wake(): void {
    if (this.#isStopped || this.#running !== undefined) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Does work of a caller's between two steps. */
  between<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(work);
  }

  /** Ends the work; resolves when the step under way is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    // Not in the turn of the commit that woke it.
    await nextTurn();
    try {
      while (!this.#isStopped && (await this.between(() => this.#step()))) await nextTurn();
    } catch (error) {
      // Tried again at the next interval. On a full disk the reserve makes room for a trim.
      if (isRtmsgError(error, "STORAGE_FULL")) await this.#parts.reserve.release();
    }
  }

  /** One step; whether there may be more to do. */
  async #step(): Promise<boolean> {
    const { trimmer, sweeper, indexWriter, ids, now } = this.#parts;
    if (trimmer.isDue) await trimmer.step(now());
    else if (indexWriter.isDue) await indexWriter.step();
    else if (sweeper.isDue) await sweeper.step();
    else return ids.expire(now());
    return true;
  }
}
