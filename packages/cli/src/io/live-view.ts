import { setDrawnLine, type DrawnLine } from "./notes.js";

const DRAW_MS = 250;

/** Lines at the bottom of the terminal that are drawn again and again while a person watches; nothing in pipes. */
export class LiveView implements DrawnLine, Disposable {
  readonly #lines: () => readonly string[];
  readonly #timer: NodeJS.Timeout | undefined;
  #drawn = 0;

  /** @param lines - what there is to see now */
  constructor(lines: () => readonly string[]) {
    this.#lines = lines;
    if (!process.stderr.isTTY) return;
    setDrawnLine(this);
    this.#timer = setInterval(() => this.#draw(), DRAW_MS).unref();
  }

  clear(): void {
    if (this.#drawn === 0) return;
    process.stderr.write(`\u001B[${this.#drawn}A\r\u001B[J`);
    this.#drawn = 0;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.clear();
    setDrawnLine(undefined);
  }

  #draw(): void {
    const width = (process.stderr.columns ?? 80) - 1;
    const lines = this.#lines().map((line) => `${line.slice(0, width)}\u001B[K\n`);
    const up = this.#drawn > 0 ? `\u001B[${this.#drawn}A\r` : "";
    process.stderr.write(up + lines.join(""));
    this.#drawn = lines.length;
  }
}
