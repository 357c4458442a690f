import { randomBytes } from "node:crypto";
import { rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LmdbTuning } from "./tuning.js";
import { WorkQueue } from "./work-queue.js";

/** Less than this is not worth being taken back, in bytes. */
const MIN_BYTES = 65_536;

/** Some space held back on the disk, so that trimming works when it is full. */
export class Reserve {
  readonly #folder: string;
  readonly #file: string;
  readonly #tuning: LmdbTuning;
  readonly #queue = new WorkQueue();

  constructor(folder: string, tuning: LmdbTuning) {
    this.#folder = folder;
    this.#file = join(folder, "rtmsg.reserve");
    this.#tuning = tuning;
  }

  /** Holds the space back, where there is plenty. */
  hold(): Promise<void> {
    const { reserveBytes, comfortBytes } = this.#tuning;
    return this.#queue.run(async () => {
      if ((await this.#heldBytes()) === reserveBytes) return;
      if ((await this.#freeBytes()) >= reserveBytes + comfortBytes) await this.#write(reserveBytes);
    });
  }

  /** Gives the space back; whether there was any. */
  release(): Promise<boolean> {
    return this.#queue.run(async () => {
      const held = await this.#heldBytes();
      await rm(this.#file, { force: true }).catch(() => undefined);
      return held > 0;
    });
  }

  /** Takes back what is left of the space that was given back. */
  reclaim(): Promise<void> {
    return this.#queue.run(async () => {
      const free = (await this.#freeBytes()) - MIN_BYTES;
      const bytes = Math.min(this.#tuning.reserveBytes, free - (free % MIN_BYTES));
      if (bytes >= MIN_BYTES && (await this.#heldBytes()) < bytes) await this.#write(bytes);
    });
  }

  /** Resolves when nothing is being written. */
  settled(): Promise<void> {
    return this.#queue.run(() => Promise.resolve());
  }

  async #heldBytes(): Promise<number> {
    const stats = await stat(this.#file).catch(() => undefined);
    return stats?.size ?? 0;
  }

  async #freeBytes(): Promise<number> {
    const stats = await statfs(this.#folder).catch(() => undefined);
    return stats === undefined ? 0 : stats.bavail * stats.bsize;
  }

  async #write(bytes: number): Promise<void> {
    try {
      // Zeros would take no room on a disk that compresses.
      await writeFile(this.#file, await promisify(randomBytes)(bytes));
    } catch {
      // Without a reserve the log works all the same.
      await rm(this.#file, { force: true }).catch(() => undefined);
    }
  }
}
