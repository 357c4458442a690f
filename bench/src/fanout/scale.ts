import type { Size } from "../harness/size.js";
import type { Progress } from "../harness/progress.js";
import { present, type Peer } from "./peers.js";

/** How large and how long the scenarios are. */
export interface Scale {
  readonly rounds: number;
  readonly warmUps: number;
  /** For how long a round sends events, in ms. */
  readonly roundMs: number;
  readonly many: number;
  readonly few: number;
  readonly growth: readonly number[];
  readonly steady: { readonly rounds: number; readonly roundMs: number; readonly perSecond: number };
  readonly topics: { readonly count: number; readonly rounds: number };
  readonly idle: { readonly subscribers: number; readonly rounds: number };
  readonly stalled: { readonly subscribers: number; readonly events: number; readonly rounds: number };
  readonly catchUp: { readonly events: number; readonly rounds: number };
  /** Mutations of a round. */
  readonly mutations: number;
  /** How many peers take part, besides those of the first scenario. */
  readonly peers: number;
  readonly progress: Progress;
}

const FULL: Omit<Scale, "progress"> = {
  rounds: 7,
  warmUps: 2,
  roundMs: 600,
  many: 1_000,
  few: 100,
  growth: [10, 100, 1_000, 5_000],
  steady: { rounds: 5, roundMs: 3_000, perSecond: 500 },
  topics: { count: 10_000, rounds: 3 },
  idle: { subscribers: 5_000, rounds: 3 },
  stalled: { subscribers: 100, events: 1_000_000, rounds: 5 },
  catchUp: { events: 1_000_000, rounds: 5 },
  mutations: 20_000,
  peers: Number.POSITIVE_INFINITY,
};

const QUICK: Omit<Scale, "progress"> = {
  ...FULL,
  rounds: 3,
  warmUps: 1,
  roundMs: 400,
  steady: { rounds: 3, roundMs: 1_000, perSecond: 500 },
  topics: { count: 10_000, rounds: 1 },
  idle: { subscribers: 5_000, rounds: 1 },
  stalled: { subscribers: 100, events: 100_000, rounds: 2 },
  catchUp: { events: 200_000, rounds: 2 },
  mutations: 5_000,
};

const SMOKE: Omit<Scale, "progress"> = {
  rounds: 1,
  warmUps: 0,
  roundMs: 50,
  many: 8,
  few: 4,
  growth: [2, 4],
  steady: { rounds: 1, roundMs: 100, perSecond: 100 },
  topics: { count: 12, rounds: 1 },
  idle: { subscribers: 8, rounds: 1 },
  stalled: { subscribers: 3, events: 1_000, rounds: 1 },
  catchUp: { events: 3_000, rounds: 1 },
  mutations: 100,
  peers: 1,
};

/** The scale of a run. */
export function scaleOf(size: Size, progress: Progress): Scale {
  return { ...{ full: FULL, quick: QUICK, smoke: SMOKE }[size], progress };
}

/** Those of some peers that take part in a scenario. */
export function takingPart(peers: readonly Peer[], { peers: count }: Scale): Peer[] {
  return present(peers).slice(0, count);
}
