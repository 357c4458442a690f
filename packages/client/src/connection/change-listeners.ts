import { isolate } from "../isolate.js";
import type { ConnectionChange } from "./connection-state.js";

/** Those who are told of a connection's changes, of each change in its order. */
export class ChangeListeners {
  readonly #listeners = new Set<(change: ConnectionChange) => void>();
  /** Changes that are to be told: a listener may bring about others. */
  #pending: ConnectionChange[] = [];
  #isTelling = false;

  /** Adds one, which may be there already; returns what removes it. */
  add(listener: (change: ConnectionChange) => void): () => void {
    // One listener may be given twice, and each time is ended by itself.
    const entry = (change: ConnectionChange): void => listener(change);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  /** Tells all of a change, after those before it. */
  tell(change: ConnectionChange): void {
    this.#pending.push(change);
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      const due = next;
      // A copy, which those that listen from here on are not in.
      for (const listener of Array.from(this.#listeners)) isolate(() => listener(due));
    }
    this.#isTelling = false;
  }
}
