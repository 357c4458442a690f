import { RtmsgError } from "../protocol/error.js";

/** What a call on a closed log is told. */
export function logClosed(): RtmsgError<"SHUTTING_DOWN"> {
  return new RtmsgError("SHUTTING_DOWN", "The log is closed: connect again later");
}

/** The calls on an open log. Closing it refuses new ones, and waits for those that are under way. */
export class OpenCalls {
  #underWay = 0;
  #isClosed = false;
  #onIdle: (() => void) | undefined;

  /** Whether calls are refused. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Carries a call out. @throws RtmsgError `SHUTTING_DOWN` */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#isClosed) throw logClosed();
    this.#underWay++;
    try {
      return await work();
    } finally {
      if (--this.#underWay === 0) this.#onIdle?.();
    }
  }

  /** Refuses calls from now on. */
  close(): void {
    this.#isClosed = true;
  }

  /** Resolves when none is under way. */
  async ended(): Promise<void> {
    if (this.#underWay === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }
}
