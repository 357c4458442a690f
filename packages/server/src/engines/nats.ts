import type { EngineOpener } from "../log/engine.js";
import { silentLogger } from "../observe/logger.js";
import { parseDuration, parseSize } from "../topics/retention.js";
import { openEngine } from "./nats/open-engine.js";
import type { NatsEngineOptions, NatsSettings } from "./nats/options.js";

export type { NatsCredentials, NatsEngineOptions, NatsTls } from "./nats/options.js";

const DEFAULT_SERVER = "nats://127.0.0.1:4222";
const STREAM_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const SWEEP_MS = 1_000;

/**
 * The engine for more than one machine: the log is a stream of NATS JetStream, and any number of brokers
 * serve it. They hold nothing that matters: a client may connect to any of them, and to another one later.
 *
 * @param options - servers, stream, credentials
 * @returns what `createBroker` and `startServer` take as `engine`; opening rejects when no server answers,
 *   or the stream was not made by rtmsg
 * @throws TypeError when an option is malformed
 * @example
 * ```ts
 * import { startServer } from "@rtmsg/server";
 * import { natsEngine } from "@rtmsg/server/nats";
 *
 * const server = await startServer({ topics, engine: natsEngine({ servers: "nats://10.0.0.5:4222" }) });
 * ```
 */
export function natsEngine(options: NatsEngineOptions = {}): EngineOpener {
  const natsSettings = checked(options);
  return (settings) => openEngine(natsSettings, settings);
}

function checked(options: NatsEngineOptions): NatsSettings {
  const { servers = DEFAULT_SERVER, stream = "RTMSG", replicas = 1, storage = "file" } = options;
  const list = (typeof servers === "string" ? servers.split(",") : servers).map((server) => server.trim());
  if (list.length === 0 || list.some((server) => !/^((nats|tls):\/\/)?[^/\s]+$/.test(server))) {
    throw new TypeError(`servers is ${JSON.stringify(servers)}: use addresses such as "${DEFAULT_SERVER}"`);
  }
  if (!STREAM_NAME.test(stream)) {
    throw new TypeError(`stream is ${JSON.stringify(stream)}: use up to 64 of A-Z a-z 0-9 _ -`);
  }
  if (!(Number.isInteger(replicas) && replicas >= 1 && replicas <= 5)) {
    throw new TypeError(`replicas is ${replicas}: use an integer from 1 to 5`);
  }
  return {
    servers: list,
    stream,
    replicas,
    storage,
    maxBytes: options.maxBytes === undefined ? undefined : parseSize(options.maxBytes, "maxBytes"),
    maxLogBytes:
      options.maxLogBytes === undefined ? undefined : parseSize(options.maxLogBytes, "maxLogBytes"),
    syncAlways: options.syncAlways ?? false,
    timeoutMs: parseDuration(options.timeout ?? "10s", "timeout"),
    credentials: options.credentials ?? {},
    tls: options.tls,
    logger: options.logger ?? silentLogger,
    sweepMs: SWEEP_MS,
  };
}
