import { isStoredEvent, type Delivery } from "../../broker/delivery.js";
import { LIVE } from "../../broker/live-handover.js";
import type { Subscription, SubscriptionReader } from "../../broker/subscription.js";
import type { StoredEvent } from "../../log/stored-event.js";
import type { SubscriptionStatus } from "../../protocol/admin.js";
import type { RtmsgError } from "../../protocol/error.js";
import type { DeliveryEncoding } from "./delivery-encoding.js";
import { encodePage } from "./encoded-batch.js";
import type { LiveMember, Seat } from "./live-group.js";
import { liveGroupsOf } from "./live-groups.js";
import type { Outlet } from "./outlet.js";

/** What a connection that is sent the past may hold at most before its next page, in bytes. */
const PAGE_READY_BYTES = 65_536;

/** What an attachment ties together. */
export interface AttachmentOptions {
  readonly subscription: Subscription;
  readonly outlet: Outlet;
  readonly encoding: DeliveryEncoding;
  /** The id of the request, as JSON text; empty where there is none. */
  readonly id: Buffer;
  /** Bytes that the connection may hold before the subscription is served from the log. */
  readonly maxBufferedBytes: number;
  /** Called once, when the subscription has ended; with the error if it was one. */
  readonly onEnd: (error: unknown) => void;
}

/**
 * A subscription attached to a connection. It reads the past page by page, as fast as the connection
 * takes it; then it is a member of a live group, and nothing of it runs but the group's write. When
 * the connection holds too much it goes back to the log.
 */
export class Attachment implements LiveMember, SubscriptionReader {
  readonly id: Buffer;
  readonly outlet: Outlet;
  readonly maxBufferedBytes: number;
  readonly tellsReach: boolean;
  readonly #subscription: Subscription;
  readonly #encoding: DeliveryEncoding;
  readonly #onEnd: (error: unknown) => void;
  /** A connection that holds no more than this is ready for another page of the past, in bytes. */
  readonly #readyBytes: number;
  #seat: Seat | undefined;
  /** When it fell behind; undefined while it has not. */
  #behindSince: number | undefined;
  #isEnded = false;
  /** Events that it was given, besides those of its seat. */
  #delivered = 0;

  constructor(options: AttachmentOptions) {
    this.#subscription = options.subscription;
    this.#encoding = options.encoding;
    this.#onEnd = options.onEnd;
    this.id = options.id;
    this.outlet = options.outlet;
    this.maxBufferedBytes = options.maxBufferedBytes;
    this.tellsReach = options.subscription.tellsReach;
    this.#readyBytes = Math.min(PAGE_READY_BYTES, options.maxBufferedBytes);
    options.subscription.whenEnded(this);
  }

  ended(failure: RtmsgError | undefined): void {
    // While it reads the past, the reading itself finds out, after what it has in hand.
    if (this.#seat !== undefined) this.#end(failure);
  }

  /**
   * Starts to deliver.
   *
   * @param beginning - deliveries that were taken from the subscription already
   */
  start(beginning: readonly (readonly Delivery[] | undefined)[] = []): void {
    for (const deliveries of beginning) {
      if (deliveries !== undefined) this.#write(deliveries);
    }
    void this.#catchUp();
  }

  fellBehind(position: number): void {
    const isStale = this.#seat?.isStale === true;
    this.#leaveSeat();
    this.#subscription.goBack(position, isStale);
    this.#behindSince = performance.now();
    this.#subscription.telemetry.fellBehind(this.#encoding.transport, this.status());
    void this.#catchUp();
  }

  /** How far the subscription is. */
  status(): SubscriptionStatus {
    return this.#subscription.status();
  }

  /** How many events it was given. */
  get delivered(): number {
    return this.#delivered + (this.#seat?.delivered ?? 0);
  }

  /** Ends the subscription. */
  stop(): void {
    this.#subscription.close();
  }

  async #catchUp(): Promise<void> {
    try {
      while (await this.#deliverNext());
    } catch (error) {
      this.#end(error);
    }
  }

  /** Delivers what comes next of the past; resolves whether there is more of it. */
  async #deliverNext(): Promise<boolean> {
    const { outlet } = this;
    const subscription = this.#subscription;
    await outlet.drained(this.#readyBytes);
    // Nobody is there to read the past for.
    if (outlet.isClosed) subscription.close();
    const deliveries = await subscription.nextUntilLive();
    if (deliveries === undefined) {
      this.#end(undefined);
      return false;
    }
    // Other subscriptions of the connection may have taken the room meanwhile.
    while (!outlet.hasRoom(this.#readyBytes)) await outlet.drained(this.#readyBytes);
    if (deliveries === LIVE) return !this.#goLive();
    this.#write(deliveries);
    return true;
  }

  #goLive(): boolean {
    const subscription = this.#subscription;
    const start = subscription.goLive();
    if (start === undefined) return false;
    if (start.events.length > 0) this.#write(start.events);
    this.#seat = liveGroupsOf(subscription).join(
      subscription.selection.text,
      this.#encoding,
      this,
      start.position,
    );
    this.#caughtUp();
    return true;
  }

  #caughtUp(): void {
    if (this.#behindSince === undefined) return;
    const ms = performance.now() - this.#behindSince;
    this.#behindSince = undefined;
    this.#subscription.telemetry.caughtUp(this.#encoding.transport, this.status(), ms);
  }

  #write(deliveries: readonly Delivery[]): void {
    const { outlet, id } = this;
    const encoding = this.#encoding;
    if (deliveries.every(isStoredEvent)) {
      const events: readonly StoredEvent[] = deliveries;
      this.#delivered += events.length;
      this.#subscription.telemetry.delivered(encoding.transport, events);
      outlet.write(encodePage(events, this.#subscription.epoch, encoding).bytesFor(id));
      return;
    }
    for (const delivery of deliveries) {
      if (isStoredEvent(delivery)) this.#write([delivery]);
      else {
        const bytes = encoding.item(delivery, id);
        if (bytes !== undefined) outlet.write(bytes);
      }
    }
  }

  #leaveSeat(): void {
    if (this.#seat === undefined) return;
    this.#delivered += this.#seat.delivered;
    this.#seat.leave();
    this.#seat = undefined;
  }

  #end(error: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#leaveSeat();
    this.#onEnd(error);
  }
}
