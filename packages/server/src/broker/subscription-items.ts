import type { SubscriptionItem } from "../protocol/event.js";
import { decodeEvent } from "./event-decoding.js";
import { isStoredEvent, type Delivery } from "./delivery.js";
import type { Subscription } from "./subscription.js";

/** A delivery as subscribers get it. */
export function decodeDelivery(delivery: Delivery, epoch: string): SubscriptionItem {
  return isStoredEvent(delivery) ? decodeEvent(delivery, epoch) : delivery;
}

/** A subscription's items one by one, decoded. Ending the iteration ends the subscription. */
export function subscriptionItems(subscription: Subscription): AsyncIterableIterator<SubscriptionItem> {
  return new ItemIterator(subscription);
}

/**
 * An iterator by hand: unlike a generator's, its `return` ends a subscription that was never read,
 * and one whose reader is waiting.
 */
class ItemIterator implements AsyncIterableIterator<SubscriptionItem> {
  readonly #subscription: Subscription;
  #page: readonly Delivery[] = [];
  #index = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(subscription: Subscription) {
    this.#subscription = subscription;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<SubscriptionItem, undefined>> {
    // Calls that do not wait for each other are answered in their order.
    const result = this.#turn.then(() => this.#next());
    this.#turn = result.catch(() => undefined);
    return result;
  }

  return(): Promise<IteratorResult<SubscriptionItem, undefined>> {
    this.#page = [];
    this.#subscription.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  async #next(): Promise<IteratorResult<SubscriptionItem, undefined>> {
    let delivery = this.#page[this.#index++];
    while (delivery === undefined) {
      const page = await this.#subscription.next();
      if (page === undefined) return { done: true, value: undefined };
      this.#page = page;
      this.#subscription.telemetry.delivered("local", page.filter(isStoredEvent));
      this.#index = 1;
      delivery = page[0];
    }
    return { done: false, value: decodeDelivery(delivery, this.#subscription.epoch) };
  }
}
