import type { CommitListener, ReachListener } from "../../log/engine.js";
import type { StoredEvent } from "../../log/stored-event.js";

/** Those on this node who follow one name or pattern. */
export class Follower {
  readonly selection: string;
  readonly listeners = new Set<CommitListener>();
  readonly reachListeners = new Set<ReachListener>();
  /** Every selected event up to here was told, or came before it began to follow. */
  position = 0;
  /** Events that came together, until the last of them is there. */
  #batch: StoredEvent[] = [];
  #next = 0;
  #waiting: { readonly offset: number; readonly resolve: () => void }[] = [];

  constructor(selection: string) {
    this.selection = selection;
  }

  /** Begins after a position. */
  begin(position: number): void {
    this.position = position;
    this.#next = position;
  }

  /** Takes an event, unless it had it before. */
  take(event: StoredEvent): void {
    if (event.offset <= this.#next) return;
    this.#next = event.offset;
    this.#batch.push(event);
  }

  /** Tells what was taken. */
  flush(): void {
    if (this.#batch.length === 0) return;
    const events = this.#batch;
    this.#batch = [];
    this.position = this.#next;
    for (const listener of this.listeners) listener(events);
    if (this.#waiting.length > 0) this.#wake();
  }

  /** Tells whether events may be missing. */
  tellReach(isCurrent: boolean): void {
    this.flush();
    for (const listener of this.reachListeners) listener(isCurrent);
  }

  /** Resolves when an offset was told, or the time is over; undefined when it was. */
  reached(offset: number, timeoutMs: number): Promise<void> | undefined {
    if (this.position >= offset) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      const told = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.push({ offset, resolve: told });
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ offset }) => offset > this.position);
    for (const { offset, resolve } of waiting) {
      if (offset <= this.position) resolve();
    }
  }
}
