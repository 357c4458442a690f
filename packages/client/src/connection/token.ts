import { timerMs } from "../timer-ms.js";

/**
 * Says who the client is: the token, or what gives one.
 *
 * @example
 * ```ts
 * const token: Token = async () => (await fetch("/api/broker-token")).text();
 * ```
 */
export type Token = string | (() => string | Promise<string>);

/** At most so long before its expiry a token is replaced, in ms; and at most a fifth of the time it has left. */
const MAX_LEAD_MS = 60_000;
/** A token is not replaced more often. */
const MIN_DELAY_MS = 1_000;

/**
 * When a token is to be replaced.
 *
 * @param token - any text
 * @param now - in ms since the Unix epoch
 * @returns in how many ms; undefined when the token does not say when it expires, or has expired
 */
export function refreshDelay(token: string, now: number): number | undefined {
  const expiry = expiryOf(token);
  if (expiry === undefined || expiry <= now) return undefined;
  const left = expiry - now;
  const delay = left - Math.min(MAX_LEAD_MS, left / 5);
  return timerMs(Math.max(delay, MIN_DELAY_MS));
}

/** When a JWT expires, in ms since the Unix epoch; undefined where the token does not say. */
function expiryOf(token: string): number | undefined {
  const payload = token.split(".")[1];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    if (typeof claims !== "object" || claims === null || !("exp" in claims)) return undefined;
    return typeof claims.exp === "number" ? claims.exp * 1_000 : undefined;
  } catch {
    // Not every token with a dot in it is a JWT.
    return undefined;
  }
}
