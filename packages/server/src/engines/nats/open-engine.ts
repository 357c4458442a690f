import { StorageType, type StreamConfig } from "@nats-io/jetstream";
import type { EngineSettings } from "../../log/engine.js";
import type { Durability } from "../../protocol/topic-info.js";
import { withoutSecrets } from "./connection-options.js";
import { lacksJetStream } from "./failure.js";
import { NatsLink } from "./link.js";
import { lastTimeOf } from "./last-time.js";
import { NatsEngine } from "./nats-engine.js";
import { openStream } from "./open-stream.js";
import type { NatsSettings } from "./options.js";
import { TrimMarks } from "./trim-marks.js";

/**
 * Connects to NATS and opens the log.
 *
 * @throws Error when NATS cannot be used, or its stream cannot be the log
 */
export async function openEngine(natsSettings: NatsSettings, settings: EngineSettings): Promise<NatsEngine> {
  const link = await NatsLink.open(natsSettings);
  try {
    const { stream, config } = await openStream(link, natsSettings, settings.dedupe.windowMs);
    const durability = durabilityOf(config, natsSettings);
    const marks = await TrimMarks.open(link, stream, config);
    const lastTime = await lastTimeOf(stream, marks);
    return new NatsEngine({ link, stream, marks, settings, natsSettings, durability, lastTime });
  } catch (error) {
    await link.close();
    if (!lacksJetStream(error)) throw error;
    const names = natsSettings.servers.map(withoutSecrets).join(", ");
    throw new Error(
      `NATS at ${names} has no JetStream for this node: start it with "-js", and enable it for the node's account`,
      { cause: error },
    );
  }
}

/** What JetStream's acknowledgement stands for; warns where that is less than one may think. */
function durabilityOf({ storage, num_replicas: replicas }: StreamConfig, settings: NatsSettings): Durability {
  const { logger, stream, syncAlways } = settings;
  if (storage === StorageType.Memory) return "memory";
  if (replicas > 1 || syncAlways) return "durable";
  logger.warn(
    { stream },
    `NATS acknowledges events of a single-replica stream before they are on disk, and writes them there every two minutes: set sync_interval to "always" in its configuration and say so with the option syncAlways, or use three servers and replicas: 3`,
  );
  return "relaxed";
}
