import { parseCursor, type CursorParts, type RtmsgEvent } from "@rtmsg/server/protocol";

/**
 * How far a subscription has come. What was seen is not taken again: after a break the server starts
 * behind the position, and this is what holds if it should not.
 */
export class Position {
  #epoch = "";
  #offset = -1;

  /** The token to resume at; undefined until the server has said where the subscription starts. */
  get cursor(): string | undefined {
    return this.#offset < 0 ? undefined : `${this.#epoch}-${this.#offset}`;
  }

  /**
   * Moves to a cursor, never back within an epoch.
   *
   * @throws RtmsgError `CURSOR_INVALID` when it is none
   */
  moveTo(cursor: string): void {
    const { epoch, offset } = parseCursor(cursor);
    this.#offset = epoch === this.#epoch ? Math.max(this.#offset, offset) : offset;
    this.#epoch = epoch;
  }

  /** Whether it has got to an offset of an epoch. */
  hasReached({ epoch, offset }: CursorParts): boolean {
    return this.#epoch === epoch && this.#offset >= offset;
  }

  /**
   * Moves to an event, unless it was seen.
   *
   * @returns whether it is new: offsets grow within an epoch, and another epoch is another log
   * @throws RtmsgError `CURSOR_INVALID` when the event has none
   */
  take(event: RtmsgEvent): boolean {
    if (this.#offset < 0 || !event.cursor.startsWith(this.#epoch)) this.moveTo(event.cursor);
    else if (event.offset <= this.#offset) return false;
    else this.#offset = event.offset;
    return true;
  }
}
