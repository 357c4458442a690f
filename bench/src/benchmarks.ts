import { skippedPeers } from "./fanout/peers.js";
import { FANOUT_PARTS } from "./fanout/parts.js";
import { scaleOf as fanoutScaleOf } from "./fanout/scale.js";
import type { Progress } from "./harness/progress.js";
import type { Row } from "./harness/result.js";
import { benchAppends } from "./log/appends.js";
import { benchGrowth } from "./log/growth.js";
import { benchReads } from "./log/reads.js";
import { scaleOf as logScaleOf, type Scale as LogScale } from "./log/scale.js";

/** A benchmark that can be asked for. */
export interface Benchmark {
  readonly parts: readonly string[];
  /** Runs a part. */
  run(part: string, isQuick: boolean, progress: Progress): Promise<Row[]>;
  /** Lines about what is left out on this machine. */
  skipped(): readonly string[];
}

const LOG_PARTS: Readonly<Record<string, (scale: LogScale) => Promise<Row[]>>> = {
  appends: benchAppends,
  reads: benchReads,
  growth: benchGrowth,
};

/** All benchmarks, by name. */
export const BENCHMARKS: ReadonlyMap<string, Benchmark> = new Map([
  ["log", benchmarkOf(LOG_PARTS, logScaleOf, () => [])],
  ["fanout", benchmarkOf(FANOUT_PARTS, fanoutScaleOf, skippedPeers)],
]);

function benchmarkOf<S>(
  parts: Readonly<Record<string, (scale: S) => Promise<Row[]>>>,
  scaleOf: (isQuick: boolean, progress: Progress) => S,
  skipped: () => readonly string[],
): Benchmark {
  return {
    parts: Object.keys(parts),
    run: async (part, isQuick, progress) => (await parts[part]?.(scaleOf(isQuick, progress))) ?? [],
    skipped,
  };
}
