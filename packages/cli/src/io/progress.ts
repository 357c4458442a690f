import { stdout } from "./output.js";
import { count, describeSize, describeSpan } from "./amounts.js";
import { setDrawnLine, type DrawnLine } from "./notes.js";

/** What a progress line shows. */
export interface ProgressOptions {
  /** What is done, such as `Exporting`. */
  readonly what: string;
  /** What is counted. */
  readonly unit: "event" | "byte" | "block";
  /** How many there are in all, where that is known: only then is there a bar, and a time left. */
  readonly total?: number | undefined;
  /** Whether what is done prints to standard output: on one terminal the two would get in each other's way. */
  readonly prints?: boolean;
}

const DRAW_MS = 150;
/** The rate is that of so long a time, in ms. */
const RATE_MS = 4_000;
const BAR_CELLS = 24;

/** How far a long task is, drawn on the terminal's last line while a person watches; nothing in pipes. */
export class Progress implements DrawnLine, Disposable {
  readonly #options: ProgressOptions;
  readonly #samples: { readonly at: number; readonly done: number }[] = [];
  readonly #timer: NodeJS.Timeout | undefined;
  #done = 0;
  #note = "";

  constructor(options: ProgressOptions) {
    this.#options = options;
    const isWatched = process.stderr.isTTY && !(options.prints === true && stdout.isTerminal);
    if (!isWatched) return;
    setDrawnLine(this);
    this.#timer = setInterval(() => this.#draw(), DRAW_MS).unref();
  }

  /** Sets how much is done, and what to say besides. */
  to(done: number, note = ""): void {
    this.#done = done;
    this.#note = note;
  }

  /** Takes the line away, until it is drawn next. */
  clear(): void {
    if (this.#timer !== undefined) process.stderr.write("\r\u001B[K");
  }

  [Symbol.dispose](): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.clear();
    setDrawnLine(undefined);
  }

  #draw(): void {
    const now = performance.now();
    this.#samples.push({ at: now, done: this.#done });
    while ((this.#samples[1]?.at ?? now) < now - RATE_MS) this.#samples.shift();
    const line = progressLine(this.#options, this.#done, this.#rate(now), this.#note);
    process.stderr.write(`\r${line.slice(0, (process.stderr.columns ?? 80) - 1)}\u001B[K`);
  }

  /** How many a second. */
  #rate(now: number): number {
    const first = this.#samples[0];
    if (first === undefined || now <= first.at) return 0;
    return ((this.#done - first.done) / (now - first.at)) * 1_000;
  }
}

/**
 * A progress line.
 *
 * @param options - what is shown
 * @param done - how many are done
 * @param rate - how many are done in a second now
 * @param note - what to say besides
 */
export function progressLine(
  { what, unit, total }: ProgressOptions,
  done: number,
  rate: number,
  note = "",
): string {
  const amount = (n: number): string => (unit === "byte" ? describeSize(n) : count(n, unit));
  const speed = unit === "byte" ? describeSize(rate) : Math.round(rate).toLocaleString("en");
  const parts = [amount(done), `${speed}/s`];
  if (total !== undefined && total > 0) {
    // What is counted may grow while it is worked on.
    const share = Math.min(1, done / total);
    const full = Math.round(share * BAR_CELLS);
    parts.unshift(`${"█".repeat(full)}${"░".repeat(BAR_CELLS - full)} ${Math.floor(share * 100)}%`);
    if (rate > 0 && share < 1) parts.push(`${describeSpan(((total - done) / rate) * 1_000)} left`);
  }
  if (note !== "") parts.push(note);
  return `${what} ${parts.join(", ")}`;
}
