import type { SubscriberProgress } from "../observe/metrics-source.js";
import type { Subscription } from "./subscription.js";

/** How far subscriptions are, when the log's last event that was carried has an offset. */
export function progressOf(subscriptions: Iterable<Subscription>, published: number): SubscriberProgress {
  let [live, catchingUp, lag, maxLag] = [0, 0, 0, 0];
  for (const subscription of subscriptions) {
    if (subscription.isLive) live++;
    else catchingUp++;
    const behind = subscription.lagAt(published);
    lag += behind;
    maxLag = Math.max(maxLag, behind);
  }
  return { live, catchingUp, lag, maxLag };
}
