import { existsSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What is held back, in bytes: enough for a few small files. */
const RESERVE_BYTES = 65_536;
/** It is held back only where this much is free. */
const COMFORT_BYTES = 1_048_576;

/** A little space held back beside the log, so that a broker can be started on a full disk. */
export class Reserve {
  readonly #folder: string;
  readonly #file: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#file = join(folder, "rtmsg.reserve");
  }

  /** Holds the space back, if there is some. */
  hold(): void {
    try {
      if (existsSync(this.#file)) return;
      const { bavail, bsize } = statfsSync(this.#folder);
      if (bavail * bsize >= COMFORT_BYTES) writeFileSync(this.#file, Buffer.alloc(RESERVE_BYTES, 1));
    } catch {
      // Without it the log works all the same.
      this.release();
    }
  }

  /** Gives the space back; whether there was any. */
  release(): boolean {
    const isHeld = existsSync(this.#file);
    rmSync(this.#file, { force: true });
    return isHeld;
  }
}
