import { tracked, type TrackedEnvelope } from "@trpc/server";
import { isStoredEvent, type Delivery } from "../broker/delivery.js";
import { decodeDelivery } from "../broker/subscription-items.js";
import type { Subscription } from "../broker/subscription.js";
import { formatCursor } from "../protocol/cursor.js";
import type { SubscriptionItem } from "../protocol/event.js";
import type { Connection } from "./connection.js";
import { toTRPCError } from "./trpc-error.js";

type Item = SubscriptionItem;

/** A subscription that our own transport attaches to a connection, instead of iterating it. */
export interface AttachableSubscription {
  readonly subscription: Subscription;
  /** Whether its items go in arrays. */
  readonly isBatch: boolean;
}

/** The attachable subscription that a procedure returned, if it is one. */
export function asAttachable(result: unknown): AttachableSubscription | undefined {
  return result instanceof TrackedSubscription || result instanceof TrackedBatchSubscription
    ? result
    : undefined;
}

/**
 * What the `subscribe` procedure returns: an async iterable of items, each tracked by its cursor, for
 * any tRPC adapter.
 */
export class TrackedSubscription implements AttachableSubscription, AsyncIterable<TrackedEnvelope<Item>> {
  readonly subscription: Subscription;
  readonly isBatch = false;
  readonly #connection: Connection;

  constructor(subscription: Subscription, connection: Connection) {
    this.subscription = subscription;
    this.#connection = connection;
  }

  [Symbol.asyncIterator](): AsyncIterator<TrackedEnvelope<Item>, void> {
    let page: readonly Delivery[] = [];
    let index = 0;
    return iterate(this.subscription, this.#connection, async () => {
      let delivery = page[index++];
      while (delivery === undefined) {
        const next = await this.subscription.next();
        if (next === undefined) return undefined;
        page = next;
        countPage(this.subscription, page);
        index = 1;
        delivery = page[0];
      }
      return trackedItem(delivery, this.subscription.epoch);
    });
  }
}

/** What `subscribeBatch` returns: the same in arrays, each tracked by its last cursor. */
export class TrackedBatchSubscription
  implements AttachableSubscription, AsyncIterable<TrackedEnvelope<readonly Item[]>>
{
  readonly subscription: Subscription;
  readonly isBatch = true;
  readonly #connection: Connection;

  constructor(subscription: Subscription, connection: Connection) {
    this.subscription = subscription;
    this.#connection = connection;
  }

  [Symbol.asyncIterator](): AsyncIterator<TrackedEnvelope<readonly Item[]>, void> {
    const { subscription } = this;
    return iterate(subscription, this.#connection, async () => {
      const page = await subscription.next();
      const last = page?.at(-1);
      if (page === undefined || last === undefined) return undefined;
      countPage(subscription, page);
      const items = page.map((delivery) => decodeDelivery(delivery, subscription.epoch));
      return tracked(cursorOf(last, subscription.epoch), items);
    });
  }
}

/** Whoever iterates it is an adapter of tRPC's own. */
function countPage({ telemetry }: Subscription, page: readonly Delivery[]): void {
  telemetry.delivered("trpc_http", page.filter(isStoredEvent));
}

/** Items are pulled only while the connection's send buffer is within its bound. */
function iterate<T>(
  subscription: Subscription,
  connection: Connection,
  pull: () => Promise<T | undefined>,
): AsyncIterator<T, void> {
  return {
    async next(): Promise<IteratorResult<T, void>> {
      try {
        await connection.drained();
        const value = await pull();
        return value === undefined ? { done: true, value: undefined } : { done: false, value };
      } catch (error) {
        throw toTRPCError(error);
      }
    },
    return(): Promise<IteratorResult<T, void>> {
      subscription.close();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}

function trackedItem(delivery: Delivery, epoch: string): TrackedEnvelope<Item> {
  return tracked(cursorOf(delivery, epoch), decodeDelivery(delivery, epoch));
}

function cursorOf(delivery: Delivery, epoch: string): string {
  return isStoredEvent(delivery) ? formatCursor(epoch, delivery.offset) : delivery.cursor;
}
