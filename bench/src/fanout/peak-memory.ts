import type { ServerProcess } from "./server-process.js";

const INTERVAL_MS = 100;

/** Watches how much anonymous memory a server has at most. */
export class PeakMemory {
  /** In bytes. */
  peak = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(server: ServerProcess) {
    this.#timer = setInterval(() => {
      server
        .usage()
        .then(({ anonymousBytes }) => (this.peak = Math.max(this.peak, anonymousBytes)))
        // A server that ended fails the run elsewhere.
        .catch(() => undefined);
    }, INTERVAL_MS);
  }

  close(): Promise<void> {
    clearInterval(this.#timer);
    return Promise.resolve();
  }
}
