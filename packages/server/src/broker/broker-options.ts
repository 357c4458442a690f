import type { BrokerLimits, LimitOptions } from "../limits/limits.js";
import type { Logger } from "../observe/logger.js";
import type { OnGap } from "../protocol/event.js";
import type { From } from "../protocol/position.js";
import type { Topics } from "../topics/define-topics.js";
import type { UndeclaredTopics } from "../topics/registry.js";
import type { TopicTypes } from "../topics/topic-types.js";
import type { DedupeOptions } from "./dedupe-options.js";

/** Options of a broker. */
export interface BrokerOptions<M extends TopicTypes = TopicTypes> {
  /** What `defineTopics` returned. Without, any topic carries any value. */
  readonly topics?: Topics<M> | undefined;
  /**
   * Whether topics that no declaration covers may be used.
   * @default "allow" where nothing is declared, else "deny"
   */
  readonly undeclaredTopics?: UndeclaredTopics | undefined;
  /** How long, and how many, event ids are remembered. */
  readonly dedupe?: DedupeOptions | undefined;
  /** How much is taken: sizes of events, and how many topics. Each has a default. */
  readonly limits?: LimitOptions<BrokerLimits> | undefined;
  /** Where the log lines go; a pino logger fits. Nothing is logged without. */
  readonly logger?: Logger | undefined;
}

/** Options of an in-process subscription. */
export interface SubscribeOptions<G extends OnGap = OnGap, K extends boolean = boolean> {
  /**
   * Where to start.
   * @default "latest"
   */
  readonly from?: From | undefined;
  /**
   * What to do when events that were asked for are gone.
   * @default "error"
   */
  readonly onGap?: G | undefined;
  /** `"now"` ends the subscription at what was the log's end when it began. */
  readonly until?: "now" | undefined;
  /**
   * Ask for the items `start`, `caughtUp` and `stale`.
   * @default false
   */
  readonly marks?: K | undefined;
  /** Ends the subscription. */
  readonly signal?: AbortSignal | undefined;
}
