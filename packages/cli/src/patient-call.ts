import type { RtmsgError } from "@rtmsg/server/protocol";
import { setTimeout as delay } from "node:timers/promises";

/** What a call that may be made twice is made again after. */
const AGAIN: ReadonlySet<string> = new Set([
  "OUTCOME_UNKNOWN",
  "SHUTTING_DOWN",
  "UNAVAILABLE",
  "RATE_LIMITED",
]);
const PAUSE_MS = 250;

/**
 * Makes a call of the stock tRPC client, which fails when the connection breaks, again until it is answered.
 * Only for what does no harm when it is done twice.
 *
 * @param call - makes it
 * @param signal - gives up
 * @throws RtmsgError what the broker answers
 */
export async function callAgain<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (thrown) {
      const error = causeOf(thrown);
      const { code = "", details } = error as Partial<RtmsgError>;
      if (signal.aborted || !AGAIN.has(code)) throw error;
      const { retryAfterMs = PAUSE_MS } = { ...details } as { readonly retryAfterMs?: number };
      await delay(retryAfterMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** The error of rtmsg that an error of tRPC's stands for. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.name === "TRPCClientError" ? (error.cause ?? error) : error;
}
