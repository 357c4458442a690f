import { setTimeout } from "node:timers/promises";

/** npm passes a Ctrl-C on that the terminal has already sent; until this long after the first, in ms. */
const SAME_KEYSTROKE_MS = 1_000;

/** How much later the second one usually comes at most, in ms. */
const PASSED_ON_MS = 200;

const EXIT_CODE_OF_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

/** When the first signal came. */
let stoppedAt = Number.NEGATIVE_INFINITY;

/** A wish to stop, from a signal. */
export interface StopSignal extends Disposable {
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/**
 * Turns SIGINT and SIGTERM into an abort, so that a command can end in order. A second signal, more
 * than a second later, ends the process at once.
 *
 * @returns the signal; once it is disposed of without one, signals end the process again
 */
export function listenForStop(): StopSignal {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    if (!controller.signal.aborted) {
      stoppedAt = Date.now();
      controller.abort();
    } else if (Date.now() - stoppedAt > SAME_KEYSTROKE_MS) {
      process.exit(EXIT_CODE_OF_SIGNAL[name as keyof typeof EXIT_CODE_OF_SIGNAL]);
    }
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      // After a signal the command is over, and the second one of its keystroke must find a listener.
      if (!controller.signal.aborted) process.off("SIGINT", stop).off("SIGTERM", stop);
    },
  };
}

/**
 * Resolves when the second signal of a Ctrl-C that has stopped the process has had its time: one that
 * meets a process without listeners, which is about to end, would end it as a failure.
 */
export async function keystrokeIsOver(): Promise<void> {
  const left = stoppedAt + PASSED_ON_MS - Date.now();
  if (left > 0) await setTimeout(left);
}

/** Resolves when a signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
