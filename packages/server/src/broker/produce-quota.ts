import type { TopicQuota } from "../log/engine.js";

/** How much one client may produce. */
export interface ProduceQuota {
  /**
   * Counts events, before anything is done about them.
   *
   * @throws RtmsgError `RATE_LIMITED`
   */
  takeEvents(count: number): void;
  /** Counts the bytes of an event's encoded data. Too many are refused with the next events. */
  spendBytes(bytes: number): void;
  /** Counts the topics that its events bring into being. */
  readonly newTopics: TopicQuota;
}
