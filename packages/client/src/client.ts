import type {
  HistoryInput,
  HistoryPage,
  ListTopicsInput,
  OnGap,
  Receipt,
  TopicInfo,
  TopicPage,
} from "@rtmsg/server/protocol";
import type {
  CheckedSelection,
  CheckedTopic,
  EventOf,
  ProduceTopic,
  SubscribedItem,
  TopicTypes,
  TypedProduceInput,
} from "@rtmsg/server/topics";
import type { BatchResult } from "./batch-result.js";
import type { SubscribeOptions } from "./subscribe/subscribe-options.js";

/**
 * A client of one server. It keeps a connection, and connects again by itself when that breaks, until
 * it is closed. Every error that leaves it is an `RtmsgError`.
 *
 * @typeParam M - the topics' types
 */
export interface Client<M extends TopicTypes = TopicTypes> extends AsyncDisposable {
  /** Produces events. */
  readonly produce: ProduceProcedure<M>;
  /** Produces several events in one call. */
  readonly produceBatch: ProduceBatchProcedure<M>;
  /** Subscribes to a topic or a pattern. */
  readonly subscribe: SubscribeProcedure<M>;
  /** Reads the past, page by page. */
  readonly history: HistoryProcedure<M>;
  /** What topics there are. */
  readonly topics: TopicsProcedures<M>;
  /**
   * Closes the connection: iterations end, calls that wait are rejected with `CLOSED`. Resolves when
   * the socket is closed; may be called again.
   */
  close(): Promise<void>;
}

/** `client.produce`. */
export interface ProduceProcedure<M extends TopicTypes> {
  /**
   * Produces one event. Without a connection it waits for one.
   *
   * @param event - topic and data, and optionally `id`, `key`, `headers`, `expectedOffset`
   * @returns the receipt, once the event is in the log
   * @throws RtmsgError `TOPIC_INVALID`, `TOPIC_UNKNOWN`, `DATA_INVALID`, `EVENT_TOO_LARGE`,
   *   `EVENT_ID_CONFLICT`, `OFFSET_MISMATCH`, `LIMIT_EXCEEDED`, `RATE_LIMITED`, `STORAGE_FULL`,
   *   `STORAGE_FAILED`, `UNAVAILABLE`, `SHUTTING_DOWN`, `INPUT_INVALID`, `FORBIDDEN`; `CLOSED`; and
   *   `OUTCOME_UNKNOWN` when the connection broke before the answer: with an `id`, calling again is
   *   safe
   * @example
   * ```ts
   * const receipt = await client.produce.mutate({ topic: "orders.created", data: { id: "o-1", total: 12 } });
   * console.log(receipt.cursor);
   * ```
   */
  mutate<const T extends ProduceTopic<M>>(event: TypedProduceInput<M, T>): Promise<Receipt<T>>;
}

/** `client.produceBatch`. */
export interface ProduceBatchProcedure<M extends TopicTypes> {
  /**
   * Produces up to 1,000 events, which succeed or fail one by one.
   *
   * @param batch - the events, as for `produce`
   * @returns one result per event, in order
   * @throws RtmsgError what fails all of them alike: `INPUT_INVALID`, `DATA_INVALID` for data that
   *   cannot be encoded, `SHUTTING_DOWN`, `OUTCOME_UNKNOWN`, `CLOSED`
   * @example
   * ```ts
   * const { results } = await client.produceBatch.mutate({
   *   events: orders.map((order) => ({ topic: "orders.created", data: order, id: order.id })),
   * });
   * for (const result of results) if (!result.ok) console.error(result.error.code);
   * ```
   */
  mutate(batch: {
    readonly events: readonly TypedProduceInput<M>[];
  }): Promise<{ readonly results: readonly BatchResult[] }>;
}

/** `client.subscribe`. */
export interface SubscribeProcedure<M extends TopicTypes> {
  /**
   * Subscribes to a topic or a pattern. The subscription is sent at once, however late the iteration
   * starts. It yields every event once, in offset order, over broken connections and restarts of the
   * server. `break` and the signal end it.
   *
   * @param options - `topic`, and the options of {@link SubscribeOptions}
   * @returns what a `for await` reads
   * @throws RtmsgError while iterating: `GAP`, `CURSOR_INVALID`, `TOPIC_INVALID`, `TOPIC_UNKNOWN`,
   *   `INPUT_INVALID`, `FORBIDDEN`, `UNAUTHENTICATED`, `PROTOCOL_UNSUPPORTED`, `STORAGE_FAILED`,
   *   `LIMIT_EXCEEDED`, `INTERNAL`; `CLOSED` when the client was closed before the call
   * @example
   * ```ts
   * for await (const event of client.subscribe({ topic: "orders.created", from: "earliest" })) {
   *   console.log(event.offset, event.data.total);
   * }
   * ```
   */
  <const T extends string, const G extends OnGap = "error", const K extends boolean = false>(
    options: { readonly topic: CheckedSelection<M, T> } & SubscribeOptions<G, K>,
  ): AsyncIterableIterator<SubscribedItem<M, T, G, K>, undefined>;
}

/** `client.history`. */
export interface HistoryProcedure<M extends TopicTypes> {
  /**
   * Reads a page of the past.
   *
   * @param input - `topic` (or a pattern), `from` (`"earliest"`), `limit` (100, at most 1,000)
   * @returns the events, and the cursor of the next page; null where the log ended
   * @throws RtmsgError `GAP`, `CURSOR_INVALID`, `TOPIC_INVALID`, `TOPIC_UNKNOWN`, `INPUT_INVALID`,
   *   `FORBIDDEN`, `STORAGE_FAILED`, `SHUTTING_DOWN`, `CLOSED`
   * @example
   * ```ts
   * const { events } = await client.history.query({ topic: "orders.*", from: { last: 10 } });
   * ```
   */
  query<const T extends string>(
    input: Omit<HistoryInput, "topic"> & { readonly topic: CheckedSelection<M, T> },
  ): Promise<HistoryPage<EventOf<M, T>>>;
}

/** `client.topics`. */
export interface TopicsProcedures<M extends TopicTypes> {
  readonly list: {
    /**
     * A page of topics, by name: those that are declared, and those that have had an event.
     *
     * @param input - `prefix`, `after` (the `next` of the page before), `limit` (100, at most 1,000)
     * @throws RtmsgError `INPUT_INVALID`, `SHUTTING_DOWN`, `CLOSED`
     * @example
     * ```ts
     * const { topics } = await client.topics.list.query({ prefix: "orders." });
     * ```
     */
    query(input?: ListTopicsInput): Promise<TopicPage>;
  };
  readonly get: {
    /**
     * What is known of one topic.
     *
     * @throws RtmsgError `TOPIC_INVALID`, `TOPIC_UNKNOWN`, `SHUTTING_DOWN`, `CLOSED`
     * @example
     * ```ts
     * const { count } = await client.topics.get.query({ topic: "orders.created" });
     * ```
     */
    query<const T extends string>(input: { readonly topic: CheckedTopic<M, T> }): Promise<TopicInfo>;
  };
}
