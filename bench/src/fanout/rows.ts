import type { Row, Target, Unit } from "../harness/result.js";
import { Rates } from "../harness/rounds.js";
import type { FanOutLoad, FanOutSample } from "./fan-out-load.js";

/** A figure of the rounds that is shown. */
export interface Figure {
  readonly what: string;
  readonly unit: Unit;
  readonly of: (sample: FanOutSample) => number;
}

export const CPU: Figure = { what: "server CPU per delivery", unit: "µs", of: ({ cpuMicros }) => cpuMicros };
export const RATE: Figure = { what: "deliveries", unit: "/s", of: ({ perSecond }) => perSecond };
export const MEMORY: Figure = { what: "resident memory", unit: "MB", of: ({ residentMB }) => residentMB };

/** A figure of loads that took part in the same rounds. */
export function ratesOf(loads: readonly FanOutLoad[], { of }: Figure, rounds: number): Rates {
  const measured = loads.map(({ name, samples }) => [name, samples.slice(-rounds).map(of)] as const);
  return new Rates(new Map(measured));
}

/** The target of a ratio; none without a bound. */
export function ratioAtMost(bound: number | undefined): Target | undefined {
  return bound === undefined ? undefined : { of: "ratio", is: "at most", bound };
}

/** Compares one with another. */
export function rowOf(
  group: string,
  rates: Rates,
  { what, unit }: { readonly what: string; readonly unit: Unit },
  [name, other]: readonly [string, string],
  target?: Target,
): Row {
  return {
    group,
    what,
    value: rates.of(name).median,
    other,
    otherValue: rates.of(other).median,
    unit,
    ratio: rates.ratio(name, other),
    target,
  };
}
