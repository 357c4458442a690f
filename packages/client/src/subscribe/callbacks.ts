import type { RtmsgError } from "@rtmsg/server/protocol";

/**
 * What a subscription calls back, in the form of tRPC's clients.
 *
 * @example
 * ```ts
 * const callbacks: SubscribeCallbacks<RtmsgEvent> = {
 *   onData: (event) => console.log(event.offset),
 *   onError: (error) => console.error(error.code),
 * };
 * ```
 */
export interface SubscribeCallbacks<Item> {
  /** The server runs the subscription; called once. */
  readonly onStarted?: (() => void) | undefined;
  /**
   * An item: an event, or what the options asked for besides. When it returns a promise the next item
   * waits for it.
   */
  readonly onData?: ((item: Item) => unknown) | undefined;
  /**
   * The subscription has failed, and ended. Without it the error is an unhandled rejection, so that
   * it does not go unseen.
   */
  readonly onError?: ((error: RtmsgError) => void) | undefined;
  /** The subscription has ended by `unsubscribe` or its signal. */
  readonly onStopped?: (() => void) | undefined;
  /** The subscription has ended by itself: at what `until` says, or because the client was closed. */
  readonly onComplete?: (() => void) | undefined;
}

/**
 * A subscription by callbacks.
 *
 * @example
 * ```ts
 * const subscription: Unsubscribable = client.subscribe.subscribe({ topic: "orders.created" }, callbacks);
 * subscription.unsubscribe();
 * ```
 */
export interface Unsubscribable {
  /** Ends it: nothing more is called but `onStopped`. May be called again. */
  readonly unsubscribe: () => void;
}

/**
 * Reads a subscription with callbacks. An error that a callback throws ends it, and is an unhandled
 * rejection.
 *
 * @param stream - the subscription, read by nobody else
 * @param callbacks - what to call
 * @param signal - ends the subscription as well
 */
export function readWithCallbacks<Item>(
  stream: AsyncIterableIterator<Item, undefined>,
  callbacks: SubscribeCallbacks<Item>,
  signal: AbortSignal | undefined,
): Unsubscribable {
  let isStopped = false;
  const read = async (): Promise<void> => {
    for (;;) {
      let next: IteratorResult<Item, undefined>;
      try {
        next = await stream.next();
      } catch (error) {
        if (isStopped) break;
        if (callbacks.onError === undefined) throw error;
        callbacks.onError(error as RtmsgError);
        return;
      }
      if (isStopped || next.done === true) break;
      const returned = callbacks.onData?.(next.value);
      if (isThenable(returned)) await returned;
    }
    if (isStopped || signal?.aborted === true) callbacks.onStopped?.();
    else callbacks.onComplete?.();
  };
  const end = (): void => void stream.return?.();
  // A callback that fails ends the subscription.
  void read().finally(end);
  return {
    unsubscribe: () => {
      isStopped = true;
      end();
    },
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
