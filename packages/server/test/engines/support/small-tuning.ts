import { DEFAULT_TUNING, type LmdbTuning } from "../../../src/engines/lmdb/tuning.js";

/** Every threshold so low that a few events cross it: blocks, index writing, sweeps, pages. */
export const SMALL_TUNING: LmdbTuning = {
  ...DEFAULT_TUNING,
  blockBytes: 300,
  maxPendingBlocks: 5,
  indexTopics: 2,
  chunkBlocks: 3,
  scanDirectories: 4,
  minDeadBytes: 200,
  minDeadShare: 0,
  intervalMs: 20,
  watchMs: 1_000,
};
