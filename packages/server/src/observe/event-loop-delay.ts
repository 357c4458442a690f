import { monitorEventLoopDelay, type IntervalHistogram } from "node:perf_hooks";

/** How often the event loop is looked at, in ms. */
const RESOLUTION_MS = 20;
const NS_PER_SECOND = 1_000_000_000;

/** How late the event loop was between two looks, in seconds. */
export interface Delay {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** How late the event loop is. It is watched once somebody has asked. */
export class EventLoopDelay {
  #histogram: IntervalHistogram | undefined;

  /** How late it was since the call before. */
  read(): Delay {
    if (this.#histogram === undefined) {
      this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.#histogram.enable();
    }
    const histogram = this.#histogram;
    const delay = {
      mean: secondsOf(histogram.mean),
      p50: secondsOf(histogram.percentile(50)),
      p99: secondsOf(histogram.percentile(99)),
      max: secondsOf(histogram.max),
    };
    histogram.reset();
    return delay;
  }

  /** Ends the watching. */
  close(): void {
    this.#histogram?.disable();
  }
}

/** What it measures is the time between two looks, of which one is the interval itself. */
function secondsOf(ns: number): number {
  if (!Number.isFinite(ns)) return 0;
  return Math.max(0, ns / NS_PER_SECOND - RESOLUTION_MS / 1_000);
}
