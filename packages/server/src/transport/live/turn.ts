/** Something that is done at the end of a turn of the event loop. */
export interface TurnWork {
  /** Does it. Must not throw. */
  endTurn(): void;
}

/** Live events, and those who get them. */
export interface HandOut extends TurnWork {
  /** How many get them. */
  readonly size: number;
}

/** With fewer subscribers a turn's events are always handed out when it ends. */
const MANY = 256;
/** The part of the time that handing out took that may be waited for more events. */
const HOLD_SHARE = 0.5;
/** A wait is not worth a timer below the first, and no longer than the second, in ms. */
const [MIN_HOLD_MS, MAX_HOLD_MS] = [1, 5];

/**
 * The end of the event loop's turn: what was committed within it leaves together, and each
 * connection is written to once.
 *
 * Most of a write's cost does not depend on its size. So when events come faster than very many
 * subscribers can be written to, they are held for a moment, half of what the last hand-out took,
 * so that more leave together. Replies are never held.
 */
export class Turn {
  readonly #now: () => number;
  #groups: HandOut[] = [];
  #outlets: TurnWork[] = [];
  #isScheduled = false;
  #hold: NodeJS.Timeout | undefined;
  #isHurried = false;
  /** How long the last hand-out to many took; 0 if it was to few. */
  #cost = 0;
  #ended = 0;

  /** @param now - the clock, in ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Has live events handed to their outlets at the end of the turn. */
  handOut(group: HandOut): void {
    this.#groups.push(group);
    this.#schedule();
  }

  /** Has an outlet written after that. */
  write(outlet: TurnWork): void {
    this.#outlets.push(outlet);
    this.#schedule();
  }

  /** Has no events held beyond this turn. */
  hurry(): void {
    if (this.#groups.length === 0) return;
    this.#isHurried = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#end());
  }

  #end(): void {
    if (this.#groups.length > 0 && !this.#isHeld()) this.#handOutAll();
    this.#isScheduled = false;
    const outlets = this.#outlets;
    this.#outlets = [];
    for (const outlet of outlets) outlet.endTurn();
  }

  #isHeld(): boolean {
    if (this.#isHurried) return false;
    if (this.#hold !== undefined) return true;
    const left = this.#cost * HOLD_SHARE - (this.#now() - this.#ended);
    if (left < MIN_HOLD_MS) return false;
    const release = (): void => {
      this.hurry();
      this.#end();
    };
    this.#hold = setTimeout(release, Math.min(left, MAX_HOLD_MS));
    return true;
  }

  #handOutAll(): void {
    clearTimeout(this.#hold);
    this.#hold = undefined;
    this.#isHurried = false;
    const groups = this.#groups;
    this.#groups = [];
    const start = this.#now();
    let size = 0;
    for (const group of groups) {
      size += group.size;
      group.endTurn();
    }
    this.#ended = this.#now();
    this.#cost = size < MANY ? 0 : this.#ended - start;
  }
}

/** The turn of this process's event loop. */
export const turn = new Turn(() => performance.now());
