import type { SubscriptionStatus } from "../protocol/admin.js";
import { BoundedLog } from "./bounded-log.js";
import { Connections } from "./connections.js";
import type { LogFields, Logger } from "./logger.js";
import { PlainHistogram } from "./plain-histogram.js";
import { Refusals } from "./refusals.js";
import { TopicCounters } from "./topic-counters.js";
import type { TransportName } from "./transport-name.js";
import { TrimLog } from "./trim-log.js";

/** Bounds of commit latencies, in seconds. */
const LATENCY_BOUNDS = [
  0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
] as const;
/** Bounds of the number of events in a commit. */
const BATCH_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000] as const;

/**
 * What happens to a broker, counted in plain numbers as it happens; whoever wants to know reads them. What is done
 * for each delivery counts nothing: whoever hands events out counts them for all at once.
 */
export class Telemetry {
  readonly #logger: Logger;
  readonly #log: BoundedLog;
  readonly #trims: TrimLog;
  readonly topics: TopicCounters;
  readonly refusals: Refusals;
  readonly connections: Connections;
  /** How long commits took, in seconds. */
  readonly commitSeconds = new PlainHistogram(LATENCY_BOUNDS);
  /** How many events commits had. */
  readonly commitEvents = new PlainHistogram(BATCH_BOUNDS);
  /** Produces that were answered with an earlier receipt. */
  duplicates = 0;

  /**
   * @param labelOf - the name or pattern that a topic was declared under
   * @param logger - gets the log lines
   */
  constructor(labelOf: (topic: string) => string | undefined, logger: Logger) {
    this.topics = new TopicCounters(labelOf);
    this.connections = new Connections(logger);
    this.#logger = logger;
    this.#log = new BoundedLog(logger);
    this.#trims = new TrimLog(logger);
    this.refusals = new Refusals(this.#log);
  }

  /** An event was produced, or had been before. */
  produced(topic: string, isDuplicate: boolean): void {
    if (isDuplicate) this.duplicates++;
    else this.topics.of(topic).produced++;
  }

  /** Events were handed to so many subscribers of a transport. */
  delivered(transport: TransportName, events: readonly { readonly topic: string }[], subscribers = 1): void {
    if (subscribers === 0) return;
    for (const { topic } of events) this.topics.of(topic).delivered[transport] += subscribers;
  }

  /** A commit was written. */
  committed(events: number, ms: number): void {
    this.commitSeconds.observe(ms / 1_000);
    this.commitEvents.observe(events);
  }

  /** Something that the log can do without is not as it was written. */
  damaged(what: string): void {
    this.#logger.error({ what }, "log is damaged");
  }

  /** Events of a topic were trimmed. */
  trimmed(topic: string, events: number): void {
    this.topics.of(topic).trimmed += events;
    this.#trims.note(topic, events);
  }

  /** A subscriber of the plain WebSocket sent a message, which nobody reads. */
  heard(message: LogFields): void {
    this.#log.write("info", "message from a subscriber", "", {}, message);
  }

  /** A live subscription is served from the log, as its client does not read fast enough. */
  fellBehind(transport: TransportName, { topic, lag }: SubscriptionStatus): void {
    this.#log.write("info", "subscriber is behind", "", {}, { transport, topic, lag });
  }

  /** A subscription that fell behind is live again. */
  caughtUp(transport: TransportName, { topic }: SubscriptionStatus, ms: number): void {
    this.#log.write("info", "subscriber is live again", "", {}, { transport, topic, ms: Math.round(ms) });
  }
}
