import type { DedupeLimits } from "../log/engine.js";
import { parseDuration, type Duration } from "../topics/retention.js";
import { positive } from "./positive.js";

/** Bounds of the dedupe window; whichever is reached first forgets the oldest id. */
export interface DedupeOptions {
  /**
   * How long an event id is remembered: ms, or text such as `"2m"`.
   * @default "2m"
   */
  readonly window?: Duration | undefined;
  /**
   * How many event ids are remembered; each costs about 130 bytes of memory, and 90 on disk.
   * @default 500_000
   */
  readonly maxIds?: number | undefined;
}

/** The dedupe window's defaults; `docs/guarantees.md` says what it costs. */
const DEDUPE_DEFAULTS: DedupeLimits = { windowMs: 120_000, maxIds: 500_000 };

/**
 * The window's bounds, filled in.
 *
 * @throws TypeError when one is malformed
 */
export function dedupeLimits({ window, maxIds }: DedupeOptions): DedupeLimits {
  return {
    windowMs: window === undefined ? DEDUPE_DEFAULTS.windowMs : parseDuration(window, "dedupe.window"),
    maxIds: positive(maxIds ?? DEDUPE_DEFAULTS.maxIds, "dedupe.maxIds"),
  };
}
