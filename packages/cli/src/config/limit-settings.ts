import type { DEFAULT_LIMITS } from "@rtmsg/server";
import { duration, integer, size, type Kind } from "./kinds.js";

/** A limit of the server. */
export type LimitName = keyof typeof DEFAULT_LIMITS;

/** A setting that is a limit. */
export interface LimitSetting<Value, Input> {
  readonly kind: Kind<Value, Input>;
  readonly help: string;
  readonly default: Value;
  /** The limit that it sets. */
  readonly limit: LimitName;
}

function limitOf<Value, Input>(
  limit: LimitName,
  kind: Kind<Value, Input>,
  fallback: Value,
  help: string,
): LimitSetting<Value, Input> {
  return { kind, help, default: fallback, limit };
}

const count = (max?: number): Kind<number> => integer(1, max);

/** The limits, each by its name in `startServer({ limits })`; docs/limits.md says what happens past them. */
export const LIMIT_SETTINGS = {
  limitFrameBytes: limitOf("frameBytes", size(), 8_388_608, "largest WebSocket message or HTTP body"),
  limitRequestHeadBytes: limitOf("requestHeadBytes", size(), 16_384, "largest head of an HTTP request"),
  limitCallsPerBatch: limitOf("callsPerBatch", count(), 10_000, "most calls in one batch"),
  limitEventBytes: limitOf("eventBytes", size(), 1_048_576, "largest encoded data of an event"),
  limitDataDepth: limitOf("dataDepth", count(128), 128, "deepest nesting of an event's data"),
  limitKeyLength: limitOf("keyLength", count(255), 255, "longest key of an event"),
  limitHeaders: limitOf("headers", count(32), 32, "most headers of an event"),
  limitHeaderBytes: limitOf("headerBytes", integer(1, 8_192), 8_192, "bytes of an event's headers"),
  limitConnections: limitOf("connections", count(), 50_000, "most connections"),
  limitConnectionsPerAddress: limitOf(
    "connectionsPerAddress",
    count(),
    20_000,
    "most connections from one address",
  ),
  limitSubscriptionsPerConnection: limitOf(
    "subscriptionsPerConnection",
    count(),
    1_000,
    "most subscriptions of a connection",
  ),
  limitRequestsPerConnection: limitOf(
    "requestsPerConnection",
    count(),
    10_000,
    "most calls of a connection that are not answered yet",
  ),
  limitBufferedBytes: limitOf(
    "bufferedBytes",
    size(),
    1_048_576,
    "unsent bytes that a connection may hold; past them it is served from the log",
  ),
  limitTopics: limitOf("topics", count(), 1_000_000, "most topics that the log may hold"),
  limitEventsPerSecond: limitOf(
    "eventsPerSecond",
    count(),
    500_000,
    "events that an identity, or an address, may produce in a second",
  ),
  limitBytesPerSecond: limitOf(
    "bytesPerSecond",
    size(),
    268_435_456,
    "bytes of data that an identity may produce in a second",
  ),
  limitNewTopicsPerMinute: limitOf(
    "newTopicsPerMinute",
    count(),
    60_000,
    "topics that an identity may bring into being in a minute",
  ),
  limitHandshakeMs: limitOf("handshakeMs", duration(), 10_000, "how long a handshake may take"),
  limitHeadMs: limitOf("headMs", duration(), 20_000, "how long the head of a request may take"),
  limitRequestMs: limitOf("requestMs", duration(), 120_000, "how long a request may take to arrive"),
  limitIdleMs: limitOf("idleMs", duration(), 65_000, "how long an HTTP connection may be idle"),
  limitPingMs: limitOf("pingMs", duration(), 30_000, "when a silent WebSocket is pinged"),
  limitPongMs: limitOf("pongMs", duration(), 5_000, "how long a ping may go unanswered"),
} as const;
