// How numbers are said: short, and the same everywhere.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** A number of things: 12,345. */
export function count(value: number): string {
  return whole.format(value);
}

const SCALE = ["", "k", "M", "G", "T"];

/** A number in little room: 12.3k. */
export function short(value: number): string {
  let scaled = value;
  let step = 0;
  while (Math.abs(scaled) >= 999.5 && step < SCALE.length - 1) {
    scaled /= 1_000;
    step += 1;
  }
  return `${Math.abs(scaled) < 10 ? fine.format(scaled) : whole.format(scaled)}${SCALE[step] ?? ""}`;
}

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"];

/** Bytes: 4.2 MB. */
export function bytes(value: number): string {
  let scaled = value;
  let step = 0;
  while (scaled >= 999.5 && step < UNITS.length - 1) {
    scaled /= 1_024;
    step += 1;
  }
  const text = step > 0 && scaled < 10 ? fine.format(scaled) : whole.format(scaled);
  return `${text} ${UNITS[step] ?? ""}`;
}

const SPANS: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

/** A time span in its largest unit: 3 min. */
export function span(ms: number): string {
  const [size, unit] = SPANS.find(([least]) => ms >= least) ?? [1, "ms"];
  const value = ms / size;
  return `${unit === "ms" && value < 10 ? fine.format(value) : whole.format(Math.floor(value))} ${unit}`;
}

/** How long ago something was. */
export function age(time: number, now: number): string {
  const ms = now - time;
  return ms < 1_500 ? "just now" : `${span(ms)} ago`;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** The time of day of an event, in ms where there is room. */
export function timeOfDay(time: number, hasMs = true): string {
  const at = new Date(time);
  const seconds = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return hasMs ? `${seconds}.${String(at.getMilliseconds()).padStart(3, "0")}` : seconds;
}

/** Day and time of day. */
export function dayAndTime(time: number): string {
  const at = new Date(time);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${timeOfDay(time)}`;
}
