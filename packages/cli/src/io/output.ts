import { once } from "node:events";
import type { WriteStream } from "node:tty";
import { CliError } from "../cli-error.js";

/**
 * Standard output that may go away: `rtmsg subscribe | head` closes it in the middle, which is an
 * end and no failure. A disk that is full is one.
 */
class Output {
  readonly #stream: NodeJS.WritableStream & Partial<WriteStream>;
  readonly #closed = new AbortController();
  #failure: NodeJS.ErrnoException | undefined;

  constructor(stream: NodeJS.WritableStream & Partial<WriteStream>) {
    this.#stream = stream;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") this.#failure ??= error;
      this.#closed.abort();
    });
  }

  /** Aborted when nobody reads any more, or writing failed. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Whether a person reads it. */
  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Writes a line; resolves when the next may follow. */
  async line(text: string): Promise<void> {
    await this.write(`${text}\n`);
  }

  /** Writes text; resolves when more may follow. */
  async write(text: string): Promise<void> {
    if (this.closed.aborted) return;
    if (this.#stream.write(text)) return;
    // A stream that fails never drains.
    await once(this.#stream, "drain", { signal: this.closed }).catch(() => undefined);
  }

  /** @throws CliError when something could not be written, other than for want of a reader */
  throwIfFailed(): void {
    if (this.#failure === undefined) return;
    throw new CliError(`Standard output could not be written: ${this.#failure.message}`);
  }
}

/** The process's standard output. */
export const stdout = new Output(process.stdout);
