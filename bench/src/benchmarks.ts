import { FANOUT_PARTS } from "./fanout/parts.js";
import { scaleOf as fanoutScaleOf } from "./fanout/scale.js";
import type { Progress } from "./harness/progress.js";
import type { Outcome, Row } from "./harness/result.js";
import type { Size } from "./harness/size.js";
import { benchAppends } from "./log/appends.js";
import { benchGrowth } from "./log/growth.js";
import { benchReads } from "./log/reads.js";
import { scaleOf as logScaleOf, type Scale as LogScale } from "./log/scale.js";
import { NATS_PARTS } from "./nats/parts.js";
import { SDK_PARTS } from "./sdk/parts.js";
import { scaleOf as sdkScaleOf } from "./sdk/scale.js";

/** A benchmark that can be asked for. */
export interface Benchmark {
  readonly parts: readonly string[];
  readonly sizes: readonly Size[];
  /** Whether what it compares has one figure each in a table, so that a chart can show them. */
  readonly hasCharts: boolean;
  /** Runs a part. */
  run(part: string, size: Size, progress: Progress): Promise<Outcome>;
}

const LOG_PARTS: Readonly<Record<string, (scale: LogScale) => Promise<Outcome>>> = {
  appends: titled("Appending", benchAppends),
  reads: titled("Reading", benchReads),
  growth: titled("A large log", benchGrowth),
};

/** All benchmarks, by name. */
export const BENCHMARKS: ReadonlyMap<string, Benchmark> = new Map<string, Benchmark>([
  [
    "log",
    {
      ...benchmarkOf(LOG_PARTS, (size, progress) => logScaleOf(size !== "full", progress)),
      sizes: ["full", "quick"],
      hasCharts: false,
    },
  ],
  [
    "fanout",
    { ...benchmarkOf(FANOUT_PARTS, fanoutScaleOf), sizes: ["full", "quick", "smoke"], hasCharts: true },
  ],
  [
    "nats",
    { ...benchmarkOf(NATS_PARTS, fanoutScaleOf), sizes: ["full", "quick", "smoke"], hasCharts: false },
  ],
  ["sdk", { ...benchmarkOf(SDK_PARTS, sdkScaleOf), sizes: ["full", "quick", "smoke"], hasCharts: false }],
]);

function titled(
  title: string,
  run: (scale: LogScale) => Promise<Row[]>,
): (scale: LogScale) => Promise<Outcome> {
  return async (scale) => ({ title, rows: await run(scale), skipped: [] });
}

function benchmarkOf<S>(
  parts: Readonly<Record<string, (scale: S) => Promise<Outcome>>>,
  scaleOf: (size: Size, progress: Progress) => S,
): Pick<Benchmark, "parts" | "run"> {
  return {
    parts: Object.keys(parts),
    run: async (part, size, progress) => {
      const run = parts[part];
      if (run === undefined) throw new Error(`No part "${part}"`);
      return await run(scaleOf(size, progress));
    },
  };
}
