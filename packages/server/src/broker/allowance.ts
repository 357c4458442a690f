import type { LogPage, PageLimits } from "../log/engine.js";
import type { CatchUpLimit } from "../protocol/inputs.js";
import { deliverySize, PAGE } from "./page.js";

/** How much of the past a subscription with a limit may still be given. */
export class Allowance {
  #events: number;
  #bytes: number;

  /** @param limit - as the subscriber asked for it */
  constructor({ events = Infinity, bytes = Infinity }: CatchUpLimit) {
    this.#events = events;
    this.#bytes = bytes;
  }

  /** Whether there is nothing left of it. */
  get isUsedUp(): boolean {
    return this.#events <= 0 || this.#bytes <= 0;
  }

  /** How much to read of the log at a time; undefined where any page will do. */
  get pageLimits(): PageLimits | undefined {
    if (this.#events >= PAGE.maxEvents && this.#bytes >= PAGE.maxBytes) return undefined;
    return {
      maxEvents: Math.min(this.#events, PAGE.maxEvents),
      maxBytes: Math.min(this.#bytes, PAGE.maxBytes),
    };
  }

  /** Takes a page off, or as much of it as there is left for; an event that is larger than that is the last. */
  spend(page: LogPage): LogPage {
    const { events, lastTrim } = page;
    let end = 0;
    for (const event of events) {
      if (this.isUsedUp) break;
      this.#events -= 1;
      this.#bytes -= deliverySize(event);
      end += 1;
    }
    const last = events[end - 1];
    if (last === undefined || end === events.length) return page;
    return { events: events.slice(0, end), through: last.offset, atTail: false, lastTrim };
  }
}
