import type { LmdbEngine } from "../../../src/engines/lmdb/lmdb-engine.js";
import { openEngine, type LmdbLocation } from "../../../src/engines/lmdb/open-engine.js";
import type { LmdbTuning } from "../../../src/engines/lmdb/tuning.js";
import type { EngineSettings } from "../../../src/log/engine.js";
import { SMALL_TUNING } from "./small-tuning.js";

/** Opens the lmdb engine with low thresholds on a folder, and closes it at the end of the block. */
export async function openLmdb(
  path: string,
  {
    settings = {},
    tuning = SMALL_TUNING,
    ...location
  }: { settings?: Partial<EngineSettings>; tuning?: LmdbTuning } & Partial<LmdbLocation> = {},
): Promise<LmdbEngine & AsyncDisposable> {
  const all: EngineSettings = {
    retentionOf: () => ({}),
    dedupe: { windowMs: 120_000, maxIds: 10_000 },
    maxTopics: 1_000_000,
    now: Date.now,
    ...settings,
  };
  const engine = await openEngine(
    { path, isRelaxed: false, maxLogBytes: undefined, ...location },
    all,
    tuning,
  );
  return Object.assign(engine, { [Symbol.asyncDispose]: () => engine.close() });
}
