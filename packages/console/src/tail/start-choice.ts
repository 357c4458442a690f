import type { From } from "@rtmsg/client";

/** How a start position is chosen. */
export type StartKind = "last" | "latest" | "earliest" | "time" | "offset";

/** The kinds, in the words of the page. */
export const START_KINDS: Readonly<Record<StartKind, string>> = {
  last: "The last events",
  latest: "New events only",
  earliest: "The earliest kept",
  time: "A time",
  offset: "After an offset",
};

/**
 * The start position that was chosen.
 *
 * @param value - what was entered: a number, or a local time as `datetime-local` gives it
 * @returns undefined where that is none
 */
export function startOf(kind: StartKind, value: string): From | undefined {
  if (kind === "latest" || kind === "earliest") return kind;
  if (kind === "time") {
    const time = new Date(value).getTime();
    return Number.isNaN(time) ? undefined : { time };
  }
  const number = Number(value);
  if (value.trim() === "" || !Number.isSafeInteger(number) || number < 0) return undefined;
  return kind === "last" ? { last: number } : { offset: number };
}

/** A time as `datetime-local` takes it. */
export function localTime(time: number): string {
  const at = new Date(time);
  return new Date(time - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
