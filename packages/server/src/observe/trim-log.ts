import type { Logger } from "./logger.js";

const SECOND_MS = 1_000;

/** Writes a line for what was trimmed in a second: engines trim in small steps, some event by event. */
export class TrimLog {
  readonly #logger: Logger;
  readonly #topics = new Set<string>();
  #events = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param logger - gets the lines */
  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Events of a topic were trimmed. */
  note(topic: string, events: number): void {
    this.#topics.add(topic);
    this.#events += events;
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#endSecond(), SECOND_MS).unref();
  }

  #endSecond(): void {
    this.#timer = undefined;
    this.#logger.info({ topics: this.#topics.size, events: this.#events }, "trimmed");
    this.#topics.clear();
    this.#events = 0;
  }
}
