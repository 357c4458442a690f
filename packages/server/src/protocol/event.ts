/**
 * One event as subscribers and readers get it.
 *
 * @typeParam Topic - the topic's name, or a template of the names a pattern stands for
 * @typeParam Data - what the topic's schema yields
 * @example
 * ```ts
 * const print = (event: RtmsgEvent): void => console.log(new Date(event.time), event.topic, event.data);
 * ```
 */
export interface RtmsgEvent<Topic extends string = string, Data = unknown> {
  /** The topic it was produced to. */
  readonly topic: Topic;
  /** Its position in the log: a safe integer from 1 that grows with every event of the whole log. */
  readonly offset: number;
  /** The token to resume after it. */
  readonly cursor: string;
  /** When it was appended, in ms since the Unix epoch; never less than the event before it. */
  readonly time: number;
  /** The id that its producer gave it. */
  readonly id?: string;
  /** The key that its producer gave it; opaque. */
  readonly key?: string;
  /** The headers that its producer gave it; opaque. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What was produced, as the topic's schema yielded it. */
  readonly data: Data;
}

/**
 * A mark in a subscription that asked for `marks`: where it starts, that the past is done, or that the
 * server's log is out of reach. After `stale` comes another `caughtUp`, when every event is here again.
 *
 * @example
 * ```ts
 * for await (const item of client.subscribe({ topic: "orders.created", marks: true })) {
 *   if ("type" in item) console.log(item.type, item.cursor);
 * }
 * ```
 */
export interface Mark {
  readonly type: "start" | "caughtUp" | "stale";
  /** The token to resume at this point. */
  readonly cursor: string;
  /** Of `start` with `until: "now"`: the log's end when the subscription began, where it is to end. */
  readonly end?: string;
}

/**
 * Events that were asked for are no longer there.
 *
 * @example
 * ```ts
 * for await (const item of client.subscribe({ topic: "orders.created", from: { cursor }, onGap: "report" })) {
 *   if ("type" in item) console.log("gone after", item.requested, "back at", item.earliest);
 * }
 * ```
 */
export interface Gap {
  readonly type: "gap";
  /** The cursor that was asked for, or that the subscription had reached. */
  readonly requested: string;
  /** Offset of the first event after it that is still retained; null when none is. */
  readonly earliest: number | null;
  /** The log's epoch now. */
  readonly epoch: string;
  /** The token to carry on at. */
  readonly cursor: string;
}

/**
 * What a subscription yields on the wire. Events have no `type`; types not known are to be ignored.
 *
 * @example
 * ```ts
 * const cursorOf = (item: SubscriptionItem): string => item.cursor;
 * ```
 */
export type SubscriptionItem<Event = RtmsgEvent> = Event | Mark | Gap;

/**
 * Whether an item of a subscription is an event.
 *
 * @example
 * ```ts
 * for await (const item of client.subscribe({ topic: "orders.created", onGap: "report" })) {
 *   if (isEvent(item)) console.log(item.data.total);
 * }
 * ```
 */
export function isEvent<Event extends RtmsgEvent>(item: SubscriptionItem<Event>): item is Event {
  return !("type" in item);
}

/**
 * The answer to a produce: the event is in the log.
 *
 * @example
 * ```ts
 * const receipt = await client.produce.mutate({ topic: "orders.created", data: { id: "o-1", total: 12 }, id: "o-1" });
 * console.log(receipt.offset, receipt.duplicate);
 * ```
 */
export interface Receipt<Topic extends string = string> {
  readonly topic: Topic;
  /** The event's position in the log. */
  readonly offset: number;
  /** The token to resume after it. */
  readonly cursor: string;
  /** When it was appended, in ms since the Unix epoch. */
  readonly time: number;
  /** True when the same event id had been produced before: this is the first event's receipt. */
  readonly duplicate: boolean;
}

/**
 * What to do about a gap: fail with `GAP`, carry on silently, or carry on after a {@link Gap} item.
 *
 * @example
 * ```ts
 * const onGap: OnGap = "earliest";
 * ```
 */
export type OnGap = "error" | "earliest" | "report";
