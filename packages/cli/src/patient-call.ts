import type { RtmsgError } from "@rtmsg/server/protocol";
import { setTimeout as delay } from "node:timers/promises";

/** What a call that may be made twice is made again after. */
const AGAIN: ReadonlySet<string> = new Set(["OUTCOME_UNKNOWN", "SHUTTING_DOWN", "UNAVAILABLE"]);
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
      if (signal.aborted || !AGAIN.has((error as Partial<RtmsgError>).code ?? "")) throw error;
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** The error of rtmsg that an error of tRPC's stands for. */
export function causeOf(error: unknown): unknown {
  return error instanceof Error && error.name === "TRPCClientError" ? (error.cause ?? error) : error;
}
