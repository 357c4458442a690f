import { openEngine } from "../../../../src/engines/nats/open-engine.js";
import type { NatsEngine } from "../../../../src/engines/nats/nats-engine.js";
import type { NatsSettings } from "../../../../src/engines/nats/options.js";
import type { EngineSettings } from "../../../../src/log/engine.js";
import { silentLogger } from "../../../../src/observe/logger.js";

/** Settings of a broker that a test has nothing to say about. */
export const SETTINGS: EngineSettings = {
  retentionOf: () => ({}),
  dedupe: { windowMs: 120_000, maxIds: 100_000 },
  maxTopics: 1_000_000,
  now: Date.now,
};

/** Opens a nats engine that looks at its retention often. */
export function openNats(
  url: string,
  settings: EngineSettings = SETTINGS,
  more: Partial<NatsSettings> = {},
): Promise<NatsEngine> {
  return openEngine({ ...natsSettings(url), ...more }, settings);
}

/** Settings of a nats engine that looks at its retention often. */
export function natsSettings(url: string): NatsSettings {
  return {
    servers: url.split(","),
    stream: "RTMSG",
    replicas: 1,
    storage: "file",
    maxBytes: undefined,
    maxLogBytes: undefined,
    syncAlways: false,
    timeoutMs: 10_000,
    credentials: {},
    tls: undefined,
    logger: silentLogger,
    sweepMs: 50,
  };
}
