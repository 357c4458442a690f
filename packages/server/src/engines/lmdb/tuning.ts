import { readBootId } from "./holder.js";

/**
 * What the lmdb engine's inner workings go by. Not options: tests set small values, so that a short
 * run crosses every threshold.
 */
export interface LmdbTuning {
  /** A block takes no more events once it is this large: a reader of one topic reads whole blocks. */
  readonly blockBytes: number;
  /**
   * Blocks that may wait for the index, over all topics. It bounds memory (8 bytes each, and what the
   * topics' lists cost) and what is read again at start, and makes each write of a topic worth it.
   */
  readonly maxPendingBlocks: number;
  /** Topics that one step of writing the index takes. */
  readonly indexTopics: number;
  /** Blocks that one entry of the stored index names at most. */
  readonly chunkBlocks: number;
  /** Directories that one page looks at before it lets the event loop turn. */
  readonly scanDirectories: number;
  /** A sweep begins when this much was trimmed, in bytes... */
  readonly minDeadBytes: number;
  /** ...and this part of what is retained. */
  readonly minDeadShare: number;
  /** How long one step of background work may hold the event loop, in ms. */
  readonly stepMs: number;
  /** How often age is looked at, and failed work tried again, in ms. */
  readonly intervalMs: number;
  /** How much is held back in the file for trimming when the disk is full, in bytes. */
  readonly reserveBytes: number;
  /** Free space from which on nobody needs to look closely, in bytes. */
  readonly plentyBytes: number;
  /** How long no sign has to come from a holder of the folder on another machine or container, in ms. */
  readonly watchMs: number;
  /** Identifies the machine's boot. */
  readonly bootId: () => string;
  /** What the next write is to fail with, an error number of the system; undefined: it is tried. */
  readonly failWrite: () => number | undefined;
}

/** What the engine goes by unless a test says otherwise. */
export const DEFAULT_TUNING: LmdbTuning = {
  blockBytes: 65_536,
  maxPendingBlocks: 1_000_000,
  indexTopics: 512,
  chunkBlocks: 1_024,
  scanDirectories: 512,
  minDeadBytes: 4 * 1_048_576,
  minDeadShare: 0.1,
  stepMs: 4,
  intervalMs: 1_000,
  reserveBytes: 4 * 1_048_576,
  plentyBytes: 128 * 1_048_576,
  watchMs: 5_000,
  bootId: readBootId,
  failWrite: () => undefined,
};
