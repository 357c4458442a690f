import type { Progress } from "../harness/progress.js";

/** How long the benchmark is. */
export interface Scale {
  readonly rounds: number;
  readonly warmUps: number;
  /** For how long a round sends events, in ms. */
  readonly roundMs: number;
  /** Mutations of a round. */
  readonly mutations: number;
  /** How often the memory of idle subscribers is measured. */
  readonly idleRounds: number;
  readonly progress: Progress;
}

/** The scale of a whole run, and of a quick one. */
export function scaleOf(isQuick: boolean, progress: Progress): Scale {
  return isQuick
    ? { rounds: 5, warmUps: 2, roundMs: 400, mutations: 5_000, idleRounds: 1, progress }
    : { rounds: 15, warmUps: 3, roundMs: 1_000, mutations: 20_000, idleRounds: 3, progress };
}
