import type { From, OnGap } from "@rtmsg/server/protocol";

/**
 * Options of `client.subscribe`, besides the topic.
 *
 * @typeParam G - `onGap`: `"report"` puts {@link Gap} into the items' type
 * @typeParam K - `marks`: `true` puts {@link Mark} into the items' type
 */
export interface SubscribeOptions<G extends OnGap = OnGap, K extends boolean = boolean> {
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
   * Yield the items `start` and `caughtUp`, once each.
   * @default false
   */
  readonly marks?: K | undefined;
  /** Ends the subscription. */
  readonly signal?: AbortSignal | undefined;
}
