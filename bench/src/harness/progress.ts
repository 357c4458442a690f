/** How often a line is printed where lines cannot be overwritten, in ms. */
const INTERVAL_MS = 5_000;

/** Says on stderr what a benchmark is doing: one line that changes on a terminal, else a line now and then. */
export class Progress {
  readonly #start = performance.now();
  #printed = Number.NEGATIVE_INFINITY;

  show(text: string): void {
    const now = performance.now();
    const line = `${((now - this.#start) / 1_000).toFixed(0).padStart(4)} s  ${text}`;
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\u001B[K${line.slice(0, process.stderr.columns - 1)}`);
    } else if (now - this.#printed >= INTERVAL_MS) {
      this.#printed = now;
      process.stderr.write(`${line}\n`);
    }
  }

  /** Leaves the line, so that other output may follow. */
  end(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\u001B[K");
  }
}
