/**
 * What every event has in it once. It is several bytes long, since the header of a frame can hold any
 * single one, and nothing else that is sent holds it.
 */
export const MARK = "@@EVT";
/** Digits of the number that follows it: which event it is, in the order they are sent. */
export const DIGITS = 12;

/** An event's data of so many bytes, with the mark and its number in it. */
export function markedData(number: number, bytes: number): string {
  return `${MARK}${String(number).padStart(DIGITS, "0")}`.padEnd(bytes, "x");
}
