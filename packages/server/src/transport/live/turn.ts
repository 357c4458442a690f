/** Something that is done at the end of a turn of the event loop. */
export interface TurnWork {
  /** Does it. Must not throw. */
  endTurn(): void;
}

/**
 * The end of the event loop's turn: what was committed within it leaves together, and each
 * connection is written to once.
 */
class Turn {
  #groups: TurnWork[] = [];
  #outlets: TurnWork[] = [];
  #isScheduled = false;

  /** Has live events handed to their outlets at the end of the turn. */
  handOut(group: TurnWork): void {
    this.#groups.push(group);
    this.#schedule();
  }

  /** Has an outlet written after that. */
  write(outlet: TurnWork): void {
    this.#outlets.push(outlet);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#end());
  }

  #end(): void {
    const groups = this.#groups;
    this.#groups = [];
    for (const group of groups) group.endTurn();
    this.#isScheduled = false;
    const outlets = this.#outlets;
    this.#outlets = [];
    for (const outlet of outlets) outlet.endTurn();
  }
}

/** The turn of this process's event loop. */
export const turn = new Turn();
