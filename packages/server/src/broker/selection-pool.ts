import { Selection } from "../log/selection.js";

/**
 * One selection for all subscriptions to the same name or pattern, so that what an engine finds out
 * about it (the topics that match) is found out once.
 */
export class SelectionPool {
  readonly #used = new Map<string, { readonly selection: Selection; users: number }>();

  /** The selection of a valid name or pattern; to be released. */
  acquire(text: string): Selection {
    let entry = this.#used.get(text);
    if (entry === undefined) {
      entry = { selection: new Selection(text), users: 0 };
      this.#used.set(text, entry);
    }
    entry.users++;
    return entry.selection;
  }

  /** Gives back what `acquire` returned. */
  release(selection: Selection): void {
    const entry = this.#used.get(selection.text);
    if (entry !== undefined && --entry.users === 0) this.#used.delete(selection.text);
  }
}
