import type { SubscriptionItem } from "@rtmsg/server/protocol";
import type { Subscription } from "./subscription.js";

/**
 * A subscription as `for await` reads it. An iterator by hand: unlike a generator's, its `return`
 * ends a subscription that was never read, and one whose reader is waiting.
 */
export class SubscriptionIterator implements AsyncIterableIterator<SubscriptionItem, undefined> {
  readonly #subscription: Subscription;

  constructor(subscription: Subscription) {
    this.#subscription = subscription;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<SubscriptionItem, undefined>> {
    return this.#subscription.next();
  }

  return(): Promise<IteratorResult<SubscriptionItem, undefined>> {
    this.#subscription.end();
    return Promise.resolve({ done: true, value: undefined });
  }
}
