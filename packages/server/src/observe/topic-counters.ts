import type { TransportName } from "./transport-name.js";

/** What happened to the events of one label. */
export interface TopicCounts {
  produced: number;
  trimmed: number;
  readonly delivered: Record<TransportName, number>;
}

/** The label of topics that nobody declared; no topic can be called so. */
const UNDECLARED = "(undeclared)";
/** Topics whose label is remembered. */
const MAX_REMEMBERED = 4_096;

/**
 * Counts by declared topic, a pattern counting for all its topics, so that there are no more labels than
 * declarations.
 */
export class TopicCounters {
  readonly #labelOf: (topic: string) => string | undefined;
  readonly #byLabel = new Map<string, TopicCounts>();
  readonly #byTopic = new Map<string, TopicCounts>();
  #lastTopic: string | undefined;
  #last: TopicCounts | undefined;

  /** @param labelOf - the name or pattern that a topic was declared under */
  constructor(labelOf: (topic: string) => string | undefined) {
    this.#labelOf = labelOf;
  }

  /** The counts that a topic's events go into. */
  of(topic: string): TopicCounts {
    // Events of one topic come in rows.
    if (topic === this.#lastTopic && this.#last !== undefined) return this.#last;
    let counts = this.#byTopic.get(topic);
    if (counts === undefined) {
      counts = this.#labelled(this.#labelOf(topic) ?? UNDECLARED);
      if (this.#byTopic.size >= MAX_REMEMBERED) this.#byTopic.clear();
      this.#byTopic.set(topic, counts);
    }
    this.#lastTopic = topic;
    this.#last = counts;
    return counts;
  }

  /** Counts by label. */
  all(): ReadonlyMap<string, TopicCounts> {
    return this.#byLabel;
  }

  #labelled(label: string): TopicCounts {
    let counts = this.#byLabel.get(label);
    if (counts === undefined) {
      const delivered = { trpc: 0, trpc_http: 0, websocket: 0, sse: 0, http: 0, local: 0 };
      counts = { produced: 0, trimmed: 0, delivered };
      this.#byLabel.set(label, counts);
    }
    return counts;
  }
}
