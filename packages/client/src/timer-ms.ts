/** A timer that is set for longer fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** A time that a timer can be set for: the nearest there is, and 0 for what is no number. */
export function timerMs(ms: number): number {
  return Math.min(Math.max(ms, 0) || 0, LONGEST_MS);
}
