import { setImmediate as nextTurn } from "node:timers/promises";
import type { IdTable } from "./id-table.js";
import type { IndexWriter } from "./index-writer.js";
import type { Reserve } from "./reserve.js";
import type { Room } from "./room.js";
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
  readonly room: Room;
  readonly now: () => number;
  /** How often age is looked at, and failed work tried again, in ms. */
  readonly intervalMs: number;
}

/** One kind of work, done step by step. */
interface Task {
  readonly isDue: () => boolean;
  readonly step: () => Promise<void>;
}

/** Does the log's background work in small steps, one at a time. */
export class Housekeeping {
  readonly #parts: Parts;
  readonly #tasks: readonly Task[];
  readonly #timer: NodeJS.Timeout;
  readonly #queue = new WorkQueue();
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: Parts) {
    const { trimmer, sweeper, indexWriter, ids, now } = parts;
    this.#parts = parts;
    this.#tasks = [
      { isDue: () => trimmer.isDue, step: () => trimmer.step(now()) },
      { isDue: () => indexWriter.isDue, step: () => indexWriter.step() },
      { isDue: () => sweeper.isDue, step: () => sweeper.step() },
      { isDue: () => ids.isDue(now()), step: () => ids.expire(now()) },
    ];
    this.#timer = setInterval(() => {
      trimmer.noteAged(now());
      parts.reserve.hold();
      this.wake();
    }, parts.intervalMs).unref();
    parts.reserve.hold();
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
    // What fails waits for the next interval, and keeps nothing else from being done.
    const failed = new Set<Task>();
    for (;;) {
      const task = this.#tasks.find((one) => !failed.has(one) && one.isDue());
      if (task === undefined || this.#isStopped) break;
      await this.between(task.step).catch(() => failed.add(task));
      await nextTurn();
    }
    await this.between(() => this.#parts.room.settle()).catch(() => undefined);
  }
}
