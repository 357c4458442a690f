import { signal, type ReadonlySignal } from "@preact/signals";
import type { Client, RtmsgError } from "@rtmsg/client";
import { useEffect, useMemo } from "preact/hooks";
import { session } from "./session.js";

/** What is asked for again and again. */
export interface Polled<T> {
  /** What was answered last. */
  readonly value: ReadonlySignal<T | undefined>;
  /** Why there was no answer the last time. */
  readonly error: ReadonlySignal<RtmsgError | undefined>;
}

/**
 * Asks the broker every so often while the page is looked at. Without a connection the question waits in the
 * client, and so is asked as soon as there is one.
 *
 * @param load - asks
 * @param everyMs - how long to wait after an answer
 * @param key - starts over when it changes
 */
export function usePolled<T>(
  load: (client: Client, signal: AbortSignal) => Promise<T>,
  everyMs: number,
  key: string,
): Polled<T> {
  const client = session.client.value;
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- `key` says what `load` depends on
  const polled = useMemo(
    () => ({ value: signal<T | undefined>(undefined), error: signal<RtmsgError | undefined>(undefined) }),
    [key, client],
  );
  useEffect(() => {
    if (client === undefined) return undefined;
    const stop = new AbortController();
    const ask = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        try {
          const value = await load(client, stop.signal);
          if (stop.signal.aborted) return;
          polled.value.value = value;
          polled.error.value = undefined;
        } catch (error) {
          if (stop.signal.aborted) return;
          polled.error.value = error as RtmsgError;
        }
        await pause(everyMs, stop.signal);
      }
    };
    void ask();
    return () => stop.abort();
  }, [polled, client]);
  return polled;
}

/** Waits, and longer where nobody looks. */
function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      document.removeEventListener("visibilitychange", wake);
      resolve();
    };
    const wake = (): void => {
      if (!document.hidden) done();
    };
    setTimeout(() => {
      if (document.hidden && !stop.aborted) document.addEventListener("visibilitychange", wake);
      else done();
    }, ms);
    stop.addEventListener("abort", done, { once: true });
  });
}
