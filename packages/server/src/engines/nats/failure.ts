import { JetStreamApiError } from "@nats-io/jetstream";
import { RtmsgError } from "../../protocol/error.js";

/** JetStream's error codes that are told apart. */
export const JS_ERROR = {
  wrongLastSequence: 10_071,
  deleteFailed: 10_057,
  streamNameInUse: 10_058,
  streamNotFound: 10_059,
  maximumBytes: 10_077,
  insufficientResources: 10_023,
  insufficientStorage: 10_047,
  messageTooLarge: 10_054,
} as const;

/** JetStream's code of an error; undefined for an error of another kind. */
export function jsCodeOf(error: unknown): number | undefined {
  return error instanceof JetStreamApiError ? error.code : undefined;
}

/** Whether trying again may help: NATS is away, or has no leader for the stream at the moment. */
export function isPassing(error: unknown): boolean {
  if (error instanceof RtmsgError) return false;
  if (!(error instanceof JetStreamApiError)) return true;
  return error.status === 503 && !isFull(error.code);
}

/** Whether a code says that there is no room. */
export function isFull(code: number): boolean {
  return (
    code === JS_ERROR.maximumBytes ||
    code === JS_ERROR.insufficientResources ||
    code === JS_ERROR.insufficientStorage
  );
}

/** The error for a call that NATS did not answer in time. */
export function unavailable(what: string, timeoutMs: number, cause?: unknown): RtmsgError<"UNAVAILABLE"> {
  const reason = cause instanceof Error ? ` (${cause.message})` : "";
  return new RtmsgError(
    "UNAVAILABLE",
    `NATS did not ${what} within ${timeoutMs} ms${reason}: try again later`,
    {},
    { cause },
  );
}

/** The error for what JetStream refused to store. */
export function refusedByJetStream(code: number, description: string): RtmsgError {
  if (isFull(code)) {
    return new RtmsgError(
      "STORAGE_FULL",
      `The NATS stream is full (${description}): raise its limit, or keep less`,
    );
  }
  return new RtmsgError("STORAGE_FAILED", `NATS refused the event: ${description} (${code})`);
}
