import { z } from "zod";
import { LIMITS } from "../protocol/limits.js";
import type { ConnectionTerms } from "../protocol/server-info.js";

/** How much a broker takes. Each has a default; `docs/limits.md` says what happens past it. */
export interface BrokerLimits {
  /**
   * Largest encoded data of one event, in bytes.
   * @default 1_048_576
   */
  readonly eventBytes: number;
  /**
   * Unsent bytes that a connection, or events that a subscription, may hold for a reader that is behind,
   * before it is served from the log.
   * @default 1_048_576
   */
  readonly bufferedBytes: number;
  /**
   * Deepest nesting of an event's data, in levels; the protocol allows no more than 128.
   * @default 128
   */
  readonly dataDepth: number;
  /**
   * Longest key of an event, in characters; the protocol allows no more than 255.
   * @default 255
   */
  readonly keyLength: number;
  /**
   * Most headers of an event; the protocol allows no more than 32.
   * @default 32
   */
  readonly headers: number;
  /**
   * All header names and values of an event together, in UTF-8 bytes; the protocol allows no more than 8,192.
   * @default 8_192
   */
  readonly headerBytes: number;
  /**
   * Most topics that the log may hold.
   * @default 1_000_000
   */
  readonly topics: number;
}

/** How much a server takes from its clients. Each has a default; `docs/limits.md` says what happens past it. */
export interface ServerLimits extends BrokerLimits {
  /**
   * Largest WebSocket message or HTTP body, in bytes.
   * @default 8_388_608
   */
  readonly frameBytes: number;
  /**
   * The head of an HTTP request, in bytes.
   * @default 16_384
   */
  readonly requestHeadBytes: number;
  /**
   * Connections in all: WebSockets, event streams, and HTTP connections between requests.
   * @default 50_000
   */
  readonly connections: number;
  /**
   * Connections from one address. Behind a proxy that is the proxy's.
   * @default 20_000
   */
  readonly connectionsPerAddress: number;
  /**
   * Subscriptions of one connection.
   * @default 1_000
   */
  readonly subscriptionsPerConnection: number;
  /**
   * Calls of one connection that are not answered yet. `@rtmsg/client` has up to 500 under way, and keeps to less.
   * @default 10_000
   */
  readonly requestsPerConnection: number;
  /**
   * Calls in one batched message, or one batched HTTP request.
   * @default 10_000
   */
  readonly callsPerBatch: number;
  /**
   * Events that an identity may produce in a second, on average; as many may come at once. Without `auth`
   * an address is an identity.
   * @default 500_000
   */
  readonly eventsPerSecond: number;
  /**
   * Bytes of encoded data that an identity may produce in a second, on average; as many may come at once.
   * @default 268_435_456
   */
  readonly bytesPerSecond: number;
  /**
   * Topics that an identity may bring into being in a minute, on average; as many may come at once.
   * @default 60_000
   */
  readonly newTopicsPerMinute: number;
  /**
   * How long a TLS handshake may take, and connection params that were announced, in ms.
   * @default 10_000
   */
  readonly handshakeMs: number;
  /**
   * How long the head of an HTTP request or upgrade may take, in ms.
   * @default 20_000
   */
  readonly headMs: number;
  /**
   * How long a whole HTTP request may take to arrive, in ms.
   * @default 120_000
   */
  readonly requestMs: number;
  /**
   * How long an HTTP connection may wait for its next request, in ms.
   * @default 65_000
   */
  readonly idleMs: number;
  /**
   * How long a WebSocket may be silent before it is pinged, in ms.
   * @default 30_000
   */
  readonly pingMs: number;
  /**
   * How long a ping may go unanswered, in ms.
   * @default 5_000
   */
  readonly pongMs: number;
}

/** What clients are told that they have to keep to. */
export function termsOf({ frameBytes, callsPerBatch, requestsPerConnection }: ServerLimits): ConnectionTerms {
  return { frameBytes, callsPerBatch, requestsPerConnection };
}

/** Limits as an app gives them: those that are left out have their defaults. */
export type LimitOptions<L = ServerLimits> = { readonly [Name in keyof L]?: L[Name] | undefined };

/** The defaults of every limit. */
export const DEFAULT_LIMITS: ServerLimits = {
  frameBytes: LIMITS.frameBytes,
  requestHeadBytes: 16_384,
  eventBytes: LIMITS.eventBytes,
  bufferedBytes: 1_048_576,
  dataDepth: LIMITS.dataDepth,
  keyLength: LIMITS.keyLength,
  headers: LIMITS.headerCount,
  headerBytes: LIMITS.headerBytes,
  connections: 50_000,
  connectionsPerAddress: 20_000,
  subscriptionsPerConnection: 1_000,
  requestsPerConnection: 10_000,
  callsPerBatch: 10_000,
  eventsPerSecond: 500_000,
  bytesPerSecond: 268_435_456,
  topics: 1_000_000,
  newTopicsPerMinute: 60_000,
  handshakeMs: 10_000,
  headMs: 20_000,
  requestMs: 120_000,
  idleMs: 65_000,
  pingMs: 30_000,
  pongMs: 5_000,
};

/** Limits that every client knows, which a server may lower and not raise. */
const HIGHEST: LimitOptions = {
  dataDepth: LIMITS.dataDepth,
  keyLength: LIMITS.keyLength,
  headers: LIMITS.headerCount,
  headerBytes: LIMITS.headerBytes,
  // The longest time that a timer can wait.
  ...Object.fromEntries(
    (["handshakeMs", "headMs", "requestMs", "idleMs", "pingMs", "pongMs"] as const).map((name) => [
      name,
      2_147_483_647,
    ]),
  ),
};

const limitNames = Object.keys(DEFAULT_LIMITS) as (keyof ServerLimits)[];

const limitsSchema: z.ZodType<ServerLimits, LimitOptions> = z.strictObject(
  Object.fromEntries(limitNames.map((name) => [name, limit(name)])) as Record<
    keyof ServerLimits,
    ReturnType<typeof limit>
  >,
);

function limit(name: keyof ServerLimits): z.ZodDefault<z.ZodInt> {
  return z
    .int()
    .min(1)
    .max(HIGHEST[name] ?? Number.MAX_SAFE_INTEGER)
    .default(DEFAULT_LIMITS[name]);
}

/**
 * Checks limits as an app gives them, and fills in the defaults.
 *
 * @throws TypeError that names each limit that is malformed
 */
export function parseLimits(limits: LimitOptions = {}): ServerLimits {
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  const result = limitsSchema.safeParse(given);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    if (issue.code === "unrecognized_keys") return `there is no limit ${issue.keys.join(", ")}`;
    const name = issue.path.join(".");
    const highest = HIGHEST[name as keyof ServerLimits];
    const most = highest === undefined ? "" : ` to ${highest}`;
    return `limits.${name} is ${String(given[name])}: use an integer from 1${most}`;
  });
  throw new TypeError(faults.join("; "));
}
