/**
 * What retention keeps of a topic or of the log; what is left out is not limited.
 *
 * @example
 * ```ts
 * const { retention } = await client.topics.get.query({ topic: "chat.lobby" });
 * console.log(retention.maxAge);
 * ```
 */
export interface Retention {
  /** Newest events to keep. */
  readonly maxEvents?: number;
  /** Oldest age to keep, in ms. */
  readonly maxAge?: number;
  /** Bytes of encoded events to keep. */
  readonly maxBytes?: number;
}

/**
 * A JSON Schema (draft 2020-12); types that only superjson carries are marked with `x-rtmsg-type`.
 *
 * @example
 * ```ts
 * const { schema } = await client.topics.get.query({ topic: "orders.created" });
 * console.log(schema?.["type"]); // "object"
 * ```
 */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * How soon an acknowledged event is safe; see `docs/guarantees.md`.
 *
 * @example
 * ```ts
 * const isOnDisk = (durability: Durability): boolean => durability === "durable";
 * ```
 */
export type Durability = "durable" | "relaxed" | "memory";

/**
 * What is known of one topic.
 *
 * @example
 * ```ts
 * const info = await client.topic("orders.created").info();
 * console.log(info.count, info.latestOffset);
 * ```
 */
export interface TopicInfo {
  readonly topic: string;
  /** Offset of the first retained event; null when none is retained. */
  readonly earliestOffset: number | null;
  /** Offset of the last event ever; null before the first. */
  readonly latestOffset: number | null;
  /** Retained events. */
  readonly count: number;
  /** Bytes of the retained events, encoded. */
  readonly bytes: number;
  /** When the last event was appended, in ms since the Unix epoch; null before the first. */
  readonly lastEventTime: number | null;
  /** What is kept of the topic. */
  readonly retention: Retention;
  /** When a receipt is given. */
  readonly durability: Durability;
  /** The data as subscribers get it; null where the topic is not declared or cannot be described. */
  readonly schema: JsonSchema | null;
  /** The data as producers give it; differs from `schema` where the schema has defaults or transforms. */
  readonly inputSchema: JsonSchema | null;
}

/**
 * A topic as it was declared, under a name or a pattern.
 *
 * @example
 * ```ts
 * const { topics } = await client.topics.declared.query();
 * for (const topic of topics) console.log(topic.selection);
 * ```
 */
export interface DeclaredTopic {
  /** The name or pattern. */
  readonly selection: string;
  /** What is kept of each topic. */
  readonly retention: Retention;
  /** The data as subscribers get it; null where it cannot be described. */
  readonly schema: JsonSchema | null;
  /** Why `schema` is null; null where it is not. */
  readonly schemaProblem: string | null;
  /** The data as producers give it; null where it cannot be described. */
  readonly inputSchema: JsonSchema | null;
  /** Why `inputSchema` is null; null where it is not. */
  readonly inputSchemaProblem: string | null;
}

/**
 * A page of topics.
 *
 * @example
 * ```ts
 * const page = await client.topics.list.query({ prefix: "orders." });
 * for (const { topic, count } of page.topics) console.log(topic, count);
 * ```
 */
export interface TopicPage {
  readonly topics: readonly TopicInfo[];
  /** Pass as `after` for the next page; null at the end. */
  readonly next: string | null;
}

/**
 * A page of events.
 *
 * @example
 * ```ts
 * const page = await client.history.query({ topic: "orders.created" });
 * if (page.next !== null) await client.history.query({ topic: "orders.created", from: { cursor: page.next } });
 * ```
 */
export interface HistoryPage<Event> {
  readonly events: readonly Event[];
  /** Pass as `from: { cursor }` for the next page; null where the log ended. */
  readonly next: string | null;
}
