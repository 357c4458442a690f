import type { ServerProcess } from "./server-process.js";

/** How memory is watched. */
export interface PeakMemoryOptions {
  readonly intervalMs: number;
  /** Whether garbage is collected before each look, so that only what is held counts. */
  readonly collects: boolean;
}

/** Watches how much anonymous memory a server has at most. */
export class PeakMemory {
  /** In bytes. */
  peak = 0;
  readonly #server: ServerProcess;
  readonly #collects: boolean;
  readonly #timer: NodeJS.Timeout;

  constructor(server: ServerProcess, { intervalMs, collects }: PeakMemoryOptions) {
    this.#server = server;
    this.#collects = collects;
    // A server that ended fails the run elsewhere.
    this.#timer = setInterval(() => void this.look().catch(() => undefined), intervalMs);
  }

  /** Looks now. */
  async look(): Promise<void> {
    const { anonymousBytes } = await this.#server.usage({ collects: this.#collects });
    this.peak = Math.max(this.peak, anonymousBytes);
  }

  close(): Promise<void> {
    clearInterval(this.#timer);
    return Promise.resolve();
  }
}
