import type { From, Mark, OnGap } from "@rtmsg/server/protocol";
import type { SubscribedItem, TopicTypes } from "@rtmsg/server/topics";

/**
 * Options of `client.subscribe`, besides the topic.
 *
 * @typeParam G - `onGap`: `"report"` puts {@link Gap} into the items' type
 * @typeParam K - `marks`: `true` puts {@link Mark} into the items' type
 * @typeParam C - `caughtUp`: `true` puts {@link CaughtUp} into the items' type
 */
export interface SubscribeOptions<
  G extends OnGap = OnGap,
  K extends boolean = boolean,
  C extends boolean = boolean,
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
   * `"now"` ends the subscription at what was the log's end when it began; when the connection broke
   * before that, at what was the log's end when it was back.
   */
  readonly until?: "now" | undefined;
  /**
   * Yield a {@link CaughtUp} item, once, when the past is done.
   * @default false
   */
  readonly caughtUp?: C | undefined;
  /**
   * Yield a {@link Mark} when the subscription has started, too: the items `start` and `caughtUp`,
   * once each.
   * @default false
   */
  readonly marks?: K | undefined;
  /** Ends the subscription. */
  readonly signal?: AbortSignal | undefined;
}

/** An item of a subscription with `caughtUp`: the past is done, what comes next is live. */
export interface CaughtUp extends Mark {
  readonly type: "caughtUp";
}

/** What a subscription yields, by its options. */
export type StreamItem<
  M extends TopicTypes,
  T extends string,
  G extends OnGap = "error",
  K extends boolean = false,
  C extends boolean = false,
> = SubscribedItem<M, T, G, K> | (true extends C ? CaughtUp : never);

/** A subscription, as `for await` reads it. */
export type EventStream<Item> = AsyncIterableIterator<Item, undefined>;
