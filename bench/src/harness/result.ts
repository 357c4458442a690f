import type { Spread } from "./statistics.js";

/** What a part of a benchmark found. */
export interface Outcome {
  readonly title: string;
  readonly rows: readonly Row[];
  /** Lines about what is left out on this machine. */
  readonly skipped: readonly string[];
}

/** One line of a benchmark's table: what was reached, in terms of something else of the same run. */
export interface Row {
  /** Rows of one group are told in one table. */
  readonly group: string;
  readonly what: string;
  /** What was reached. */
  readonly value: number;
  /** What it is compared with, and what that reached. */
  readonly other: string;
  readonly otherValue: number;
  readonly unit: Unit;
  readonly ratio: Spread;
  readonly target?: Target | undefined;
}

export type Unit = "/s" | "ms" | "µs" | "MB" | "KB";

/** What a row's ratio, or its value, is to reach. */
export interface Target {
  readonly of: "ratio" | "value";
  /** Whether it is met at or above the bound, or at or below. */
  readonly is: "at least" | "at most";
  readonly bound: number;
}

/** Whether a row meets its target; undefined where it has none. */
export function isMet({ target, ratio, value }: Row): boolean | undefined {
  if (target === undefined) return undefined;
  const reached = target.of === "ratio" ? Number(ratioText(ratio.median)) : value;
  return target.is === "at least" ? reached >= target.bound : reached <= target.bound;
}

/** A ratio as it is shown: two decimals, or two digits of a small one. */
export function ratioText(ratio: number): string {
  return Math.abs(ratio) < 0.1 && ratio !== 0 ? ratio.toPrecision(2) : ratio.toFixed(2);
}
