import type { Retention } from "../protocol/topic-info.js";

/**
 * A length of time: a number of ms, or text such as `"90s"`, `"15m"`, `"12h"`, `"7d"`.
 *
 * @example
 * ```ts
 * const week: Duration = "7d";
 * ```
 */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

/**
 * A size: a number of bytes, or text such as `"512kb"`, `"64mb"`, `"2gb"` (powers of 1,024).
 *
 * @example
 * ```ts
 * const half: Size = "512mb";
 * ```
 */
export type Size = number | `${number}${"b" | "kb" | "mb" | "gb"}`;

/**
 * A topic's retention as it is declared; what is left out is not limited.
 *
 * @example
 * ```ts
 * const retention: RetentionOptions = { maxEvents: 100_000, maxAge: "7d", maxBytes: "1gb" };
 * ```
 */
export interface RetentionOptions {
  /** Newest events to keep: an integer from 1. */
  readonly maxEvents?: number | undefined;
  /** Oldest age to keep: ms, or text such as `"7d"`. */
  readonly maxAge?: Duration | undefined;
  /** Bytes of encoded events to keep: bytes, or text such as `"64mb"`. */
  readonly maxBytes?: Size | undefined;
}

const DURATION_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_UNITS = { b: 1, kb: 1_024, mb: 1_048_576, gb: 1_073_741_824 } as const;

/**
 * Reads a length of time.
 *
 * @returns ms
 * @throws TypeError when it is none, or not above 0
 */
export function parseDuration(value: Duration, name = "duration"): number {
  return parseQuantity(value, DURATION_UNITS, name, '"90s", "15m", "12h" or "7d"');
}

/**
 * Reads a size.
 *
 * @returns bytes
 * @throws TypeError when it is none, or not above 0
 */
export function parseSize(value: Size, name = "size"): number {
  return parseQuantity(value, SIZE_UNITS, name, '"512kb", "64mb" or "2gb"');
}

function parseQuantity(
  value: number | string,
  units: Readonly<Record<string, number>>,
  name: string,
  examples: string,
): number {
  const match = /^(\d+(?:\.\d+)?) *([a-z]+)$/i.exec(String(value));
  const unit = match?.[2]?.toLowerCase();
  const number =
    typeof value === "number"
      ? value
      : unit !== undefined && Object.hasOwn(units, unit)
        ? Number(match?.[1]) * (units[unit] as number)
        : Number.NaN;
  if (!(number > 0) || !Number.isFinite(number)) {
    throw new TypeError(
      `${name} is ${JSON.stringify(value)}: use a number above 0, or text such as ${examples}`,
    );
  }
  return Math.ceil(number);
}

/**
 * Checks a declared retention and brings it to events, ms and bytes.
 *
 * @throws TypeError when a value is not above 0 or not understood
 */
export function parseRetention(options: RetentionOptions, name = "retention"): Retention {
  const { maxEvents, maxAge, maxBytes } = options;
  if (maxEvents !== undefined && !(Number.isSafeInteger(maxEvents) && maxEvents > 0)) {
    throw new TypeError(`${name}.maxEvents is ${JSON.stringify(maxEvents)}: use an integer from 1`);
  }
  return {
    ...(maxEvents !== undefined && { maxEvents }),
    ...(maxAge !== undefined && { maxAge: parseDuration(maxAge, `${name}.maxAge`) }),
    ...(maxBytes !== undefined && { maxBytes: parseSize(maxBytes, `${name}.maxBytes`) }),
  };
}
