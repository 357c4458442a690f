import { isTrackedEnvelope, TRPCError } from "@trpc/server";
import { isObservable, observableToAsyncIterable } from "@trpc/server/observable";
import type { Outlet } from "../live/outlet.js";
import { isAbort } from "./abort-error.js";
import type { CallInfo, ReplyAddress, TrpcReplies } from "./trpc-replies.js";

/** What a subscription that is not one of rtmsg needs. */
export interface IteratedSubscriptionOptions {
  readonly replies: TrpcReplies;
  readonly outlet: Outlet;
  readonly address: ReplyAddress;
  readonly call: CallInfo;
  /** Aborted when the client stops the subscription, or is gone. */
  readonly controller: AbortController;
  readonly maxBufferedBytes: number;
}

const STOPPED = Symbol("stopped");

/** Whether a procedure returned something that can be subscribed to. */
export function isSubscribable(result: unknown): boolean {
  return isAsyncIterable(result) || isObservable(result);
}

/**
 * Sends what an async iterable or an observable yields, until it ends, fails, or is stopped. It is
 * asked for more only while the connection takes it.
 *
 * @throws what the iterable throws
 */
export async function iterateSubscription(
  result: unknown,
  options: IteratedSubscriptionOptions,
): Promise<void> {
  const { replies, address, call, controller } = options;
  const { signal } = controller;
  if (isObservable(result) && signal.aborted) return;
  const iterable = isObservable(result) ? observableToAsyncIterable(result, signal) : result;
  if (!isAsyncIterable(iterable)) throw notSubscribable(call);
  const iterator = iterable[Symbol.asyncIterator]();
  let isComplete = false;
  try {
    if (!signal.aborted) {
      replies.state(address, "started");
      isComplete = await sendAll(iterator, options);
    }
  } finally {
    // Whoever cleans up only when they are told to is told; those that have completed know.
    if (!isComplete && !signal.aborted) controller.abort();
    await dispose(iterator, options);
  }
}

/** Sends every value; resolves whether the iterator completed, and was not stopped. */
async function sendAll(
  iterator: AsyncIterator<unknown>,
  options: IteratedSubscriptionOptions,
): Promise<boolean> {
  const { replies, outlet, address, controller, maxBufferedBytes } = options;
  const { signal } = controller;
  let stop: (() => void) | undefined;
  signal.addEventListener("abort", () => stop?.(), { once: true });
  // Not `Promise.race` with one promise of the stop: that would keep every value until then.
  const nextOrStopped = (): Promise<IteratorResult<unknown> | typeof STOPPED> =>
    new Promise((resolve, reject) => {
      stop = () => resolve(STOPPED);
      nextOf(iterator, options).then(resolve, reject);
    });
  while (!signal.aborted) {
    const next = await nextOrStopped();
    stop = undefined;
    if (next === STOPPED) return false;
    if (next.done === true) return true;
    sendValue(replies, address, next.value);
    await outlet.drained(maxBufferedBytes);
  }
  return false;
}

function sendValue(replies: TrpcReplies, address: ReplyAddress, value: unknown): void {
  if (isTrackedEnvelope(value)) replies.tracked(address, value[0], value[1]);
  else replies.result(address, value);
}

async function nextOf(
  iterator: AsyncIterator<unknown>,
  { controller, replies, address, call }: IteratedSubscriptionOptions,
): Promise<IteratorResult<unknown> | typeof STOPPED> {
  try {
    return await iterator.next();
  } catch (cause) {
    if (!controller.signal.aborted) throw cause;
    // Ended by the stop: an abort is how that looks from inside, and anything else is for the log.
    if (!isAbort(cause)) replies.report(cause, call, address.id);
    return STOPPED;
  }
}

/** What fails while an iterator is disposed of is the server's business only. */
async function dispose(
  iterator: AsyncIterator<unknown>,
  { replies, address, call }: IteratedSubscriptionOptions,
): Promise<void> {
  try {
    await iterator.return?.();
  } catch (cause) {
    if (!isAbort(cause)) replies.report(cause, call, address.id);
  }
}

function notSubscribable({ path }: CallInfo): TRPCError {
  return new TRPCError({
    code: "INTERNAL_SERVER_ERROR",
    message: `Subscription ${path} did not return an observable or a AsyncGenerator`,
  });
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
