import type { StoredEvent } from "../log/stored-event.js";
import type { EventSink, FanOut } from "./fan-out.js";
import { deliverySize, PAGE, pageOf } from "./page.js";

/**
 * Holds the live events that a subscription has not taken yet, up to a bound. Past it, it lets go of
 * them all and stops collecting: the subscription reads them from the log instead.
 */
export class LiveBuffer implements EventSink {
  readonly #fanOut: FanOut;
  readonly #selection: string;
  readonly #maxBytes: number;
  #events: StoredEvent[] = [];
  #bytes = 0;
  #leave: (() => void) | undefined;
  #wake: (() => void) | undefined;
  /** Whether the log is within reach, as far as it matters here: while it collects. */
  isCurrent = true;

  /**
   * @param fanOut - where the events come from
   * @param selection - the name or pattern that they match
   * @param maxBytes - the bound, as `deliverySize` counts
   */
  constructor(fanOut: FanOut, selection: string, maxBytes: number) {
    this.#fanOut = fanOut;
    this.#selection = selection;
    this.#maxBytes = maxBytes;
  }

  /** Whether every event since `collect` is here or was taken. */
  get isCollecting(): boolean {
    return this.#leave !== undefined;
  }

  /** Starts to collect, unless it does. */
  collect(): void {
    this.#leave ??= this.#fanOut.add(this.#selection, this);
  }

  take(event: StoredEvent): void {
    this.#bytes += deliverySize(event);
    if (this.#bytes > this.#maxBytes) this.reset();
    else this.#events.push(event);
    this.wake();
  }

  reached(isCurrent: boolean): void {
    this.isCurrent = isCurrent;
    this.wake();
  }

  /** Whether all that was collected makes no more than a page. */
  get isWithinPage(): boolean {
    return this.#events.length <= PAGE.maxEvents && this.#bytes <= PAGE.maxBytes;
  }

  /** Removes and returns the first page of what was collected after an offset. */
  drain(after: number): readonly StoredEvent[] {
    const events = this.#events;
    const start = events.findIndex(({ offset }) => offset > after);
    const page = start === -1 ? [] : pageOf(events, start);
    this.#events = start === -1 ? [] : events.slice(start + page.length);
    this.#bytes = this.#events.reduce((bytes, event) => bytes + deliverySize(event), 0);
    return page;
  }

  /** Lets go of everything and stops collecting. */
  reset(): void {
    this.#leave?.();
    this.#leave = undefined;
    this.isCurrent = true;
    this.#events = [];
    this.#bytes = 0;
  }

  /** Resolves when there is something to take, collecting has stopped, or `wake` is called. */
  async ready(): Promise<void> {
    if (this.#events.length > 0 || !this.isCollecting) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Ends a wait for `ready`. */
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
