import type { Row, Target, Unit } from "../harness/result.js";
import { Rates } from "../harness/rounds.js";
import type { Sample } from "./sample.js";

/** A figure of the rounds that is shown. */
export interface Figure {
  readonly group: string;
  readonly unit: Unit;
  readonly of: (sample: Sample) => number;
}

export const CPU: Figure = {
  group: "server CPU per delivery",
  unit: "µs",
  of: ({ cpuMicros }) => cpuMicros,
};
export const RATE: Figure = { group: "deliveries", unit: "/s", of: ({ perSecond }) => perSecond };
export const MEMORY: Figure = { group: "resident memory", unit: "MB", of: ({ residentMB }) => residentMB };

/** What has samples of its rounds. */
export interface Sampled {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** A figure of those that took part in the same rounds; the last so many count. */
export function ratesOf(all: readonly Sampled[], { of }: Figure, rounds: number): Rates {
  return new Rates(new Map(all.map(({ name, samples }) => [name, samples.slice(-rounds).map(of)] as const)));
}

/** The target of a ratio; none without a bound. */
export function ratioAtMost(bound: number | undefined): Target | undefined {
  return bound === undefined ? undefined : { of: "ratio", is: "at most", bound };
}

/** Compares one with another. */
export function rowOf(
  { group, unit }: Pick<Figure, "group" | "unit">,
  rates: Rates,
  [name, other]: readonly [string, string],
  target?: Target,
): Row {
  return {
    group,
    what: name,
    value: rates.of(name).median,
    other,
    otherValue: rates.of(other).median,
    unit,
    ratio: rates.ratio(name, other),
    target,
  };
}
