import { RtmsgError } from "@rtmsg/server/protocol";
import type { CallOptions } from "./call-options.js";
import { timerMs } from "./timer-ms.js";

/**
 * Watches how long a call is waited for.
 *
 * @param options - the call's
 * @param what - the call, for the message
 * @param giveUp - called once, when the call is given up; at once when its signal is aborted already
 * @returns what ends the watch; undefined where there is nothing to watch
 * @throws RtmsgError `INPUT_INVALID` when `timeoutMs` is no number above 0
 */
export function watchPatience(
  { signal, timeoutMs }: CallOptions,
  what: string,
  giveUp: (error: RtmsgError) => void,
): (() => void) | undefined {
  if (signal === undefined && timeoutMs === undefined) return undefined;
  if (timeoutMs !== undefined && !(timeoutMs > 0)) {
    throw new RtmsgError("INPUT_INVALID", `timeoutMs is ${String(timeoutMs)}: use a number above 0`);
  }
  const end = (error: RtmsgError): void => {
    stop();
    giveUp(error);
  };
  const abort = (): void => {
    const cause: unknown = signal?.reason;
    end(
      new RtmsgError(
        "TIMEOUT",
        `${what} was given up by its signal: what was sent may be done`,
        {},
        { cause },
      ),
    );
  };
  const timeout = (): void => {
    const limit = (timeoutMs as number).toLocaleString("en");
    end(new RtmsgError("TIMEOUT", `${what} was not answered within ${limit} ms: what was sent may be done`));
  };
  // One that is set for longer than a timer can be is as good as none.
  const timer =
    timeoutMs === undefined || timeoutMs > timerMs(timeoutMs) ? undefined : setTimeout(timeout, timeoutMs);
  const stop = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  };
  if (signal?.aborted === true) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return stop;
}
