import { BACKOFF_DEFAULTS, type BackoffOptions, type BackoffSettings } from "./connection/backoff.js";
import {
  KEEP_ALIVE_DEFAULTS,
  type KeepAliveOptions,
  type KeepAliveSettings,
} from "./connection/keep-alive.js";
import type { Token } from "./connection/token.js";
import { BUFFER_DEFAULTS, type BufferLimits, type BufferSettings } from "./subscribe/item-buffer.js";
import { QUEUE_DEFAULTS, type QueueLimits, type QueueSettings } from "./waiting-calls.js";

/**
 * Options of `createClient`.
 *
 * @example
 * ```ts
 * const client = createClient({ url: "https://events.example.com", token: () => session.token(), lazy: true });
 * ```
 */
export interface ClientOptions {
  /**
   * Where the server answers: http, https, ws or wss, without the `/trpc`. A path is respected: the
   * socket is at `/trpc` below it.
   *
   * Of several, which must be of servers that share a log, the client is connected to one at a time. It
   * takes the next when a connection fails or is lost, and goes on there by its cursors; after the last
   * comes the first again. Clients that should spread over the servers are given them in different orders.
   */
  readonly url: string | URL | readonly (string | URL)[];
  /**
   * Says who the client is: the token, or a function that gives one. The function is called afresh for
   * each connection, and before a JWT expires, so that the live connection goes on with the new one. A
   * function that fails is called again after a while; an `RtmsgError` with the code `UNAUTHENTICATED`
   * that it throws closes the client.
   */
  readonly token?: Token | undefined;
  /**
   * Connect with the first call or subscription only.
   * @default false
   */
  readonly lazy?: boolean | undefined;
  /** How long to wait before connecting again; random between 0 and a bound that doubles. */
  readonly backoff?: BackoffOptions | undefined;
  /** How a quiet connection is watched. */
  readonly keepAlive?: KeepAliveOptions | undefined;
  /**
   * How much a subscription holds for a loop body that is slower than the events. Past it the
   * subscription is stopped, and taken up again by cursor when the loop has caught up.
   */
  readonly maxBuffered?: BufferLimits | undefined;
  /**
   * How much may wait in the client for an answer, as in an outage. Past it calls fail with
   * `QUEUE_FULL`.
   */
  readonly maxQueued?: QueueLimits | undefined;
}

/**
 * The schemas of a client, which are optional: it takes types from `typeof topics` alone.
 *
 * @example
 * ```ts
 * import { topics } from "./topics.js";
 *
 * const client = createClient({ url: "http://127.0.0.1:3030", topics }); // produces are checked before they are sent
 * ```
 */
export interface SchemaOptions<T> {
  /**
   * What `defineTopics` returned. Data is then held against the topic's schema before it is sent, so
   * that a mistake is found without a round trip; it is sent as it was given.
   */
  readonly topics?: T | undefined;
}

/** The options, checked and filled in. */
export interface ClientSettings {
  readonly backoff: BackoffSettings;
  readonly keepAlive: KeepAliveSettings;
  readonly maxBuffered: BufferSettings;
  readonly maxQueued: QueueSettings;
  readonly token: Token | undefined;
  readonly isLazy: boolean;
}

/**
 * Checks the options.
 *
 * @throws TypeError when one is malformed
 */
export function checkOptions(options: ClientOptions): ClientSettings {
  const { backoff, keepAlive, maxBuffered, maxQueued, token, lazy = false } = options;
  if (token !== undefined && typeof token !== "string" && typeof token !== "function") {
    throw new TypeError(`token is ${typeof token}: use a string, or a function that returns one`);
  }
  return {
    token,
    isLazy: lazy,
    maxQueued: positives(QUEUE_DEFAULTS, maxQueued, "maxQueued"),
    backoff: positives(BACKOFF_DEFAULTS, backoff, "backoff"),
    keepAlive: positives(KEEP_ALIVE_DEFAULTS, keepAlive, "keepAlive"),
    maxBuffered: positives(BUFFER_DEFAULTS, maxBuffered, "maxBuffered"),
  };
}

function positives<K extends string>(
  defaults: Readonly<Record<K, number>>,
  given: { readonly [P in K]?: number | undefined } | undefined,
  name: string,
): Record<K, number> {
  const settings: Record<K, number> = { ...defaults };
  for (const key of Object.keys(defaults) as K[]) {
    const value = given?.[key] ?? defaults[key];
    if (!(value > 0)) throw new TypeError(`${name}.${key} is ${String(value)}: use a number above 0`);
    settings[key] = value;
  }
  return settings;
}
