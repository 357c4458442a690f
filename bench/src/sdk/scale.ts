import type { Progress } from "../harness/progress.js";
import type { Size } from "../harness/size.js";

/** How large and how long the parts are. */
export interface Scale {
  readonly rounds: number;
  readonly warmUps: number;
  /** For how long a round produces, in ms. */
  readonly roundMs: number;
  /** Events that a round receives; the slower clients get a tenth. */
  readonly events: number;
  readonly progress: Progress;
}

const SCALES: Readonly<Record<Size, Omit<Scale, "progress">>> = {
  full: { rounds: 7, warmUps: 2, roundMs: 1_000, events: 300_000 },
  quick: { rounds: 3, warmUps: 1, roundMs: 500, events: 100_000 },
  smoke: { rounds: 1, warmUps: 0, roundMs: 50, events: 2_000 },
};

/** The scale of a run. */
export function scaleOf(size: Size, progress: Progress): Scale {
  return { ...SCALES[size], progress };
}
