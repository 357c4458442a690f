import { storedSize, type StoredEvent } from "../log/stored-event.js";
import type { EventSink, FanOut } from "./fan-out.js";

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

  /**
   * @param fanOut - where the events come from
   * @param selection - the name or pattern that they match
   * @param maxBytes - the bound, as `storedSize` counts
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
    this.#bytes += storedSize(event);
    if (this.#bytes > this.#maxBytes) this.reset();
    else this.#events.push(event);
    this.wake();
  }

  /** Removes and returns what was collected after an offset. */
  drain(after: number): readonly StoredEvent[] {
    const events = this.#events;
    this.#events = [];
    this.#bytes = 0;
    const start = events.findIndex(({ offset }) => offset > after);
    if (start === 0) return events;
    return start === -1 ? [] : events.slice(start);
  }

  /** Lets go of everything and stops collecting. */
  reset(): void {
    this.#leave?.();
    this.#leave = undefined;
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
