import type { From, Mark, OnGap } from "@rtmsg/server/protocol";
import type { SubscribedItem, TopicTypes } from "@rtmsg/server/topics";

/**
 * Options of `client.subscribe`, besides the topic.
 *
 * @typeParam G - `onGap`: `"report"` puts {@link Gap} into the items' type
 * @typeParam K - `marks`: `true` puts {@link Mark} into the items' type
 * @typeParam C - `caughtUp`: `true` puts {@link CaughtUp} into the items' type
 * @typeParam S - `stale`: `true` puts {@link Stale} and {@link CaughtUp} into the items' type
 * @example
 * ```ts
 * const options: SubscribeOptions<"report"> = { from: { last: 10 }, onGap: "report" };
 * for await (const item of client.topic("orders.created").subscribe(options)) console.log(item.cursor);
 * ```
 */
export interface SubscribeOptions<
  G extends OnGap = OnGap,
  K extends boolean = boolean,
  C extends boolean = boolean,
  S extends boolean = boolean,
> {
  /**
   * Where to start.
   * @default "latest"
   */
  readonly from?: From | undefined;
  /**
   * What to do when events that were asked for are gone: fail with `GAP`, carry on with what is
   * retained, or carry on after a {@link Gap} item that says so.
   * @default "error"
   */
  readonly onGap?: G | undefined;
  /**
   * `"now"` ends the subscription at what was the log's end when it began, however long it takes to get there.
   */
  readonly until?: "now" | undefined;
  /**
   * Yield a {@link CaughtUp} item, once, when the past is done.
   * @default false
   */
  readonly caughtUp?: C | undefined;
  /**
   * Yield a {@link Stale} item when the server has lost its log, so that events may be missing, and a
   * {@link CaughtUp} item when all of them have come; the first of these when the past is done. It is so with
   * brokers that share a log in NATS. That the connection to the server is lost, `client.connection` tells.
   * @default false
   */
  readonly stale?: S | undefined;
  /**
   * Yield a {@link Mark} when the subscription has started, too: the items `start` and `caughtUp`,
   * once each, and what `stale` yields.
   * @default false
   */
  readonly marks?: K | undefined;
  /** Ends the subscription. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * An item of a subscription with `caughtUp`: the past is done, what comes next is live.
 *
 * @example
 * ```ts
 * for await (const item of client.subscribe({ topic: "chat.lobby", from: "earliest", caughtUp: true })) {
 *   if ("type" in item) console.log("the past is done, at", item.cursor);
 *   else console.log(item.data.text);
 * }
 * ```
 */
export interface CaughtUp extends Mark {
  /** What it is. */
  readonly type: "caughtUp";
}

/**
 * An item of a subscription with `stale`: the server's log is out of reach, and what it has had since is not here.
 * The subscription stays; when every event has come, a {@link CaughtUp} item says so.
 *
 * @example
 * ```ts
 * for await (const item of client.subscribe({ topic: "chat.lobby", stale: true })) {
 *   if (!("type" in item)) console.log(item.data.text);
 *   else console.log(item.type === "stale" ? "something may be missing" : "all is here");
 * }
 * ```
 */
export interface Stale extends Mark {
  /** What it is. */
  readonly type: "stale";
}

/**
 * What a subscription yields, by its options.
 *
 * @example
 * ```ts
 * type Item = StreamItem<TypesOf<typeof topics>, "orders.created", "report">; // an event of the topic, or a Gap
 * ```
 */
export type StreamItem<
  M extends TopicTypes,
  T extends string,
  G extends OnGap = "error",
  K extends boolean = false,
  C extends boolean = false,
  S extends boolean = false,
> =
  | SubscribedItem<M, T, G, K>
  | (true extends C ? CaughtUp : never)
  | (true extends S ? CaughtUp | Stale : never);

/**
 * A subscription, as `for await` reads it.
 *
 * @example
 * ```ts
 * const orders = client.subscribe({ topic: "orders.created" }); // an EventStream of its events
 * const { value: first } = await orders.next();
 * await orders.return?.(); // ends the subscription
 * ```
 */
export type EventStream<Item> = AsyncIterableIterator<Item, undefined>;
