import type { LogFields, Logger } from "./logger.js";

/** Lines of one kind in a second. */
const LINES_PER_SECOND = 20;
const SECOND_MS = 1_000;

/** How much a line matters. */
type Level = keyof Logger;

/** What is said of one kind in this second. */
interface Recent {
  readonly level: Level;
  readonly message: string;
  readonly about: LogFields;
  count: number;
}

/** Writes lines that clients cause: a flood of what they do becomes few of them, and their number. */
export class BoundedLog {
  readonly #logger: Logger;
  readonly #recent = new Map<string, Recent>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param logger - gets the lines */
  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Writes a line, unless there were many of its kind in this second; how many more there were is said at its end.
   *
   * @param level - how much it matters
   * @param message - what happened
   * @param kind - tells kinds of the same message apart; empty where there is one
   * @param about - what all of the kind have in common
   * @param fields - what this one has besides
   */
  write(level: Level, message: string, kind: string, about: LogFields, fields: LogFields): void {
    const key = `${message} ${kind}`;
    let recent = this.#recent.get(key);
    if (recent === undefined) {
      recent = { level, message, about, count: 0 };
      this.#recent.set(key, recent);
    }
    recent.count++;
    if (recent.count <= LINES_PER_SECOND) this.#logger[level]({ ...about, ...fields }, message);
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#endSecond(), SECOND_MS).unref();
  }

  #endSecond(): void {
    this.#timer = undefined;
    for (const { level, message, about, count } of this.#recent.values()) {
      const more = count - LINES_PER_SECOND;
      if (more > 0) this.#logger[level]({ ...about, more }, `${message}, and more`);
    }
    this.#recent.clear();
  }
}
