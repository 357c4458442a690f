import { rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** How much is held back, in bytes. */
const RESERVE_BYTES = 4 * 1_048_576;
/** The reserve is made only where this much would be left, in bytes. */
const COMFORT_BYTES = 64 * 1_048_576;

/** Some space held back on the disk, so that trimming works when it is full. */
export class Reserve {
  readonly #folder: string;
  readonly #file: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#file = join(folder, "rtmsg.reserve");
  }

  /** Holds the space back, where there is plenty. */
  async hold(): Promise<void> {
    try {
      if ((await stat(this.#file).catch(() => undefined))?.size === RESERVE_BYTES) return;
      const { bavail, bsize } = await statfs(this.#folder);
      if (bavail * bsize < RESERVE_BYTES + COMFORT_BYTES) return;
      await writeFile(this.#file, Buffer.alloc(RESERVE_BYTES));
    } catch {
      // Without a reserve the log works all the same.
      await this.release();
    }
  }

  /** Gives the space back. */
  async release(): Promise<void> {
    await rm(this.#file, { force: true });
  }
}
