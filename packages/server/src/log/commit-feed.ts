import type { CommitListener } from "./engine.js";
import type { StoredEvent } from "./stored-event.js";

/** Carries the events of each commit to those that listen. */
export class CommitFeed {
  readonly #listeners = new Set<CommitListener>();

  /** Adds a listener; returns what removes it. */
  listen(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls every listener with a commit's events. */
  publish(events: readonly StoredEvent[]): void {
    for (const listener of this.#listeners) listener(events);
  }
}
