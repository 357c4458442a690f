import { BACKOFF_DEFAULTS, type BackoffOptions, type BackoffSettings } from "./connection/backoff.js";
import { KEEP_ALIVE_DEFAULTS, type KeepAliveOptions, type KeepAliveSettings } from "./connection/session.js";
import { BUFFER_DEFAULTS, type BufferLimits, type BufferSettings } from "./subscribe/item-buffer.js";

/** Options of `createClient`. */
export interface ClientOptions {
  /**
   * Where the server answers: http, https, ws or wss, without the `/trpc`. A path is respected: the
   * socket is at `/trpc` below it.
   */
  readonly url: string | URL;
  /** How long to wait before connecting again; random between 0 and a bound that doubles. */
  readonly backoff?: BackoffOptions | undefined;
  /** How a quiet connection is watched. */
  readonly keepAlive?: KeepAliveOptions | undefined;
  /**
   * How much a subscription holds for a loop body that is slower than the events. Past it the
   * subscription is stopped, and taken up again by cursor when the loop has caught up.
   */
  readonly maxBuffered?: BufferLimits | undefined;
}

/** The options, checked and filled in. */
export interface ClientSettings {
  readonly backoff: BackoffSettings;
  readonly keepAlive: KeepAliveSettings;
  readonly maxBuffered: BufferSettings;
}

/**
 * Checks the options' numbers.
 *
 * @throws TypeError when one is not above 0
 */
export function checkOptions({ backoff, keepAlive, maxBuffered }: ClientOptions): ClientSettings {
  return {
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
