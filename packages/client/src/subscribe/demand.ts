import type { CatchUpLimit } from "@rtmsg/server/protocol";

/** How much there is room for. */
export type Room = Readonly<Required<Record<keyof CatchUpLimit, number>>>;

/** How many times what there is room for is asked for at first, while it is not known how fast the reader is. */
const FIRST = 8;
/** Who waits even for so many times what there is room for reads faster than anything is sent. */
const MOST = 64;

/**
 * How much of the past to ask for at a time. What was sent and is not taken has to be sent again, so a reader
 * that turned out slower than the events is sent what there is room for; and twice as much each time that it
 * had to wait for what was on its way, until it is sent everything.
 */
export class Demand {
  /** How many times what there is room for. */
  #times = FIRST;
  #hasWaited = false;

  /** What to ask for; undefined for everything. */
  limit({ events, bytes }: Room): CatchUpLimit | undefined {
    this.#hasWaited = false;
    if (this.#times > MOST) return undefined;
    return { events: bounded(events * this.#times), bytes: bounded(bytes * this.#times) };
  }

  /** More came than there was room for. */
  overflowed(): void {
    this.#times = 1;
  }

  /** The reader waited when something came. */
  waited(): void {
    this.#hasWaited = true;
  }

  /** All that was asked for has come. */
  met(): void {
    if (this.#hasWaited) this.#times *= 2;
  }
}

/** The wire takes integers. */
function bounded(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}
