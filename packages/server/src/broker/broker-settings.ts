import type { BrokerLimits } from "../limits/limits.js";
import type { DedupeLimits } from "../log/engine.js";
import type { Logger } from "../observe/logger.js";
import type { Telemetry } from "../observe/telemetry.js";
import type { Retention } from "../protocol/topic-info.js";

/** A broker's options, checked and filled in. */
export interface BrokerSettings {
  readonly retentionOf: (topic: string) => Retention;
  readonly dedupe: DedupeLimits;
  readonly limits: BrokerLimits;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}
