/**
 * Checks an option that is a number from 1.
 *
 * @throws TypeError when it is another
 */
export function positive(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`${name} is ${String(value)}: use an integer from 1`);
}
