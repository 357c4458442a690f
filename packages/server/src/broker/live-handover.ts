import type { StoredEvent } from "../log/stored-event.js";

/** Says that the past is done, and that its reader may take the live events over. */
export const LIVE = Symbol("live");

/** What a reader takes over when a subscription goes live. */
export interface LiveStart {
  /** Live events that came in while the reader was busy with the past. */
  readonly events: readonly StoredEvent[];
  /** Everything up to here was delivered, with `events`. */
  readonly position: number;
}
