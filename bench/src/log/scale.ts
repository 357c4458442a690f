import type { Progress } from "../harness/progress.js";

/** How large and how long the benchmark is. */
export interface Scale {
  readonly rounds: number;
  readonly warmUps: number;
  /** How long a round of appending takes, in ms. */
  readonly roundMs: number;
  /** Events that a round of reading reads. */
  readonly readEvents: number;
  /** Events of the log that is said to be large. */
  readonly storedEvents: number;
  /** How often a start is measured. */
  readonly starts: number;
  readonly progress: Progress;
}

/** Topics of the case with very many. */
export const MANY_TOPICS = 100_000;

/** The scale of a whole run, and of a quick one. */
export function scaleOf(isQuick: boolean, progress: Progress): Scale {
  return isQuick
    ? {
        rounds: 9,
        warmUps: 3,
        roundMs: 100,
        readEvents: 100_000,
        storedEvents: 1_000_000,
        starts: 3,
        progress,
      }
    : {
        rounds: 41,
        warmUps: 5,
        roundMs: 150,
        readEvents: 300_000,
        storedEvents: 10_000_000,
        starts: 5,
        progress,
      };
}
