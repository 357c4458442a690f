import type { Telemetry } from "./telemetry.js";

/** How far subscriptions are. */
export interface SubscriberProgress {
  /** Those that get events as they are committed. */
  readonly live: number;
  /** Those that are sent the past. */
  readonly catchingUp: number;
  /** How many offsets they are behind the log's end, all together. */
  readonly lag: number;
  /** How many offsets the one furthest behind is. */
  readonly maxLag: number;
}

/** What the log takes. */
export interface LogUsage {
  readonly events: number;
  readonly bytes: number;
  readonly topics: number;
  readonly fileBytes: number | null;
}

/** What metrics are read from. */
export interface MetricsSource {
  readonly telemetry: Telemetry;
  readonly progress: SubscriberProgress;
  readonly engine: { readonly name: string; readonly durability: string };
  usage(): Promise<LogUsage>;
}
