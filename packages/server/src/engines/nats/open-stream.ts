import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { createEpoch } from "../../log/epoch.js";
import { JS_ERROR, jsCodeOf } from "./failure.js";
import type { NatsLink } from "./link.js";
import { LogStream } from "./log-stream.js";
import type { NatsSettings } from "./options.js";

/** How much longer JetStream remembers ids than rtmsg asks for: clocks differ, and rtmsg decides by the events' times. */
const WINDOW_MARGIN_MS = 30_000;
/** The epoch in a stream's description. */
const EPOCH = /\bepoch ([a-z0-9]{8})\b/;

/** The stream that is the log, and how it is kept. */
export interface OpenedStream {
  readonly stream: LogStream;
  readonly config: StreamConfig;
}

/**
 * Makes the stream of the log, or checks the one that is there. It changes nothing that exists.
 *
 * @throws Error when a stream of that name cannot be the log
 */
export async function openStream(
  link: NatsLink,
  settings: NatsSettings,
  windowMs: number,
): Promise<OpenedStream> {
  const { stream: name } = settings;
  const config = (await find(link, name)) ?? (await make(link, settings, windowMs));
  const problem = problemOf(config, name, windowMs);
  if (problem !== undefined) throw new Error(`Stream "${name}" of NATS cannot be the log: ${problem}`);
  const epoch = EPOCH.exec(config.description ?? "")?.[1] as string;
  return {
    stream: new LogStream(link, name, epoch, {
      hasLimits: dropsByItself(config),
      isReplicated: config.num_replicas > 1,
    }),
    config,
  };
}

async function find(link: NatsLink, name: string): Promise<StreamConfig | undefined> {
  return link.call("find its stream", async (manager) => {
    try {
      return (await manager.streams.info(name)).config;
    } catch (error) {
      if (jsCodeOf(error) === JS_ERROR.streamNotFound) return undefined;
      throw error;
    }
  });
}

async function make(link: NatsLink, settings: NatsSettings, windowMs: number): Promise<StreamConfig> {
  const { stream: name, replicas, storage, maxBytes } = settings;
  return link.call("make its stream", async (manager) => {
    try {
      const info = await manager.streams.add({
        name,
        // Streams have no metadata before NATS 2.10.
        description: `The log of rtmsg, epoch ${createEpoch()}`,
        subjects: [`${name}.>`],
        storage: storage === "file" ? StorageType.File : StorageType.Memory,
        num_replicas: replicas,
        duplicate_window: nanos(windowMs + WINDOW_MARGIN_MS),
        discard: DiscardPolicy.New,
        ...(maxBytes !== undefined && { max_bytes: maxBytes }),
      });
      return info.config;
    } catch (error) {
      // Another node was faster.
      if (jsCodeOf(error) === JS_ERROR.streamNameInUse) return (await manager.streams.info(name)).config;
      throw error;
    }
  });
}

function problemOf(config: StreamConfig, name: string, windowMs: number): string | undefined {
  if (!EPOCH.test(config.description ?? "")) {
    return `its description names no epoch, so rtmsg has not made it. Choose another name with the option stream`;
  }
  if (config.subjects.length !== 1 || config.subjects[0] !== `${name}.>`) {
    return `its subjects are ${config.subjects.join(", ")}, not ${name}.>`;
  }
  if (config.retention !== RetentionPolicy.Limits)
    return `its retention is "${config.retention}", not "limits"`;
  if (config.max_msgs_per_subject > 0) {
    return `it keeps at most ${config.max_msgs_per_subject} messages a subject, which leaves holes that nobody knows of: set its max_msgs_per_subject to -1`;
  }
  if (config.duplicate_window < nanos(windowMs)) {
    return `it remembers message ids for ${config.duplicate_window / 1e6} ms, and the dedupe window is ${windowMs} ms: raise its duplicate_window, or set dedupe.window lower`;
  }
  return undefined;
}

/** Whether limits of the stream remove messages: a limit with discard "new" only refuses more. */
function dropsByItself({
  discard,
  max_age: age,
  max_bytes: bytes,
  max_msgs: messages,
}: StreamConfig): boolean {
  return age > 0 || (discard !== DiscardPolicy.New && (bytes > 0 || messages > 0));
}
