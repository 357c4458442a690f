import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { RtmsgError } from "../../protocol/error.js";

/** JetStream's error codes that are told apart. */
export const JS_ERROR = {
  wrongLastSequence: 10_071,
  wrongLastMessageId: 10_070,
  deleteFailed: 10_057,
  streamNameInUse: 10_058,
  streamNotFound: 10_059,
  maximumBytes: 10_077,
  insufficientResources: 10_023,
  insufficientStorage: 10_047,
  messageTooLarge: 10_054,
  notEnabled: 10_076,
  notEnabledForAccount: 10_039,
} as const;

/** JetStream's code of an error; undefined for an error of another kind. */
export function jsCodeOf(error: unknown): number | undefined {
  return error instanceof JetStreamApiError ? error.code : undefined;
}

/** The first of a kind among an error and what is behind it. */
function causeOf<E extends Error>(error: unknown, kind: abstract new (...args: never[]) => E): E | undefined {
  if (error instanceof kind) return error;
  return error instanceof Error ? causeOf(error.cause, kind) : undefined;
}

/** Whether trying again may help: NATS is away, or has no leader for the stream at the moment. */
export function isPassing(error: unknown): boolean {
  if (error instanceof RtmsgError || causeOf(error, errors.PermissionViolationError)) return false;
  if (!(error instanceof JetStreamApiError)) return true;
  return error.status === 503 && !isFull(error.code);
}

/** Whether nobody answers for JetStream, or it is not for the node's account. */
export function lacksJetStream(error: unknown): boolean {
  const { code } = causeOf(error, JetStreamApiError) ?? {};
  const isOff = code === JS_ERROR.notEnabled || code === JS_ERROR.notEnabledForAccount;
  return isOff || causeOf(error, errors.NoRespondersError) !== undefined;
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

/** The error for a call that NATS refused, and would refuse again. */
export function refused(error: unknown): RtmsgError {
  const denied = causeOf(error, errors.PermissionViolationError);
  if (denied === undefined) return refusedByJetStream(jsCodeOf(error) ?? 0, (error as Error).message);
  return new RtmsgError(
    "STORAGE_FAILED",
    `NATS denies the node a right that it needs (${denied.message}): let its user publish to the stream's subjects, $JS.API.>, $JS.FC.> and $KV.>, and subscribe to _INBOX.>`,
    {},
    { cause: error },
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
