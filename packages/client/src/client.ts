import type {
  DeclaredTopic,
  HistoryInput,
  HistoryPage,
  ListTopicsInput,
  OnGap,
  Receipt,
  TopicInfo,
  TopicPage,
} from "@rtmsg/server/protocol";
import type {
  AppRouter,
  CheckedSelection,
  CheckedTopic,
  EventOf,
  ProduceTopic,
  TopicTypes,
  TypedProduceInput,
} from "@rtmsg/server/topics";
import type { TRPCClient } from "@trpc/client";
import type { BatchResult } from "./batch-result.js";
import type { AdminProcedures } from "./admin-procedures.js";
import type { CallOptions } from "./call-options.js";
import type { ClientConnection } from "./connection/connection-state.js";
import type { SubscribeCallbacks, Unsubscribable } from "./subscribe/callbacks.js";
import type { EventStream, StreamItem, SubscribeOptions } from "./subscribe/subscribe-options.js";
import type { TopicHandle } from "./topic-handle.js";

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
  /** For administrators: what the broker does, and what to do to it. */
  readonly admin: AdminProcedures;
  /** The connection: its state, and its changes. */
  readonly connection: ClientConnection;
  /**
   * The stock tRPC client on the same connection, for what it does otherwise: procedures of an app's
   * own, or middleware of tRPC's. Its errors are tRPC's own; a mutation whose connection breaks fails.
   */
  readonly trpc: TRPCClient<AppRouter<M>>;
  /**
   * A handle of one topic, so that its name is said once.
   *
   * @param name - a topic, not a pattern
   * @example
   * ```ts
   * const orders = client.topic("orders.created");
   * await orders.produce({ id: "o-1", total: 12 });
   * ```
   */
  topic<const T extends string>(name: CheckedTopic<M, T>): TopicHandle<M, T>;
  /**
   * Closes the connection: iterations end, calls that wait are rejected with `CLOSED`. Resolves when
   * the socket is closed; may be called again.
   */
  close(): Promise<void>;
}

/** `client.produce`. */
export interface ProduceProcedure<M extends TopicTypes> {
  /**
   * Produces one event. Events that are produced in one turn of the event loop travel together, and
   * all are stored in the order of the calls. Without a connection they wait for one. Each has an id,
   * so that what was under way when a connection broke is sent again and stored once.
   *
   * @param event - topic and data, and optionally `id`, `key`, `headers`, `expectedOffset`
   * @param options - `signal` and `timeoutMs`, how long to wait
   * @returns the receipt, once the event is in the log
   * @throws RtmsgError `TOPIC_INVALID`, `TOPIC_UNKNOWN`, `DATA_INVALID`, `EVENT_TOO_LARGE`,
   *   `EVENT_ID_CONFLICT`, `OFFSET_MISMATCH`, `LIMIT_EXCEEDED`, `RATE_LIMITED`, `STORAGE_FULL`,
   *   `STORAGE_FAILED`, `UNAVAILABLE`, `INPUT_INVALID`, `FORBIDDEN`; `CLOSED`, `QUEUE_FULL`, `TIMEOUT`;
   *   and `OUTCOME_UNKNOWN` when the connection was away for longer than the server remembers ids
   * @example
   * ```ts
   * const receipt = await client.produce.mutate(
   *   { topic: "orders.created", data: { id: "o-1", total: 12 } },
   *   { timeoutMs: 5_000 },
   * );
   * console.log(receipt.cursor);
   * ```
   */
  mutate<const T extends ProduceTopic<M>>(
    event: TypedProduceInput<M, T>,
    options?: CallOptions,
  ): Promise<Receipt<T>>;
}

/** `client.produceBatch`. */
export interface ProduceBatchProcedure<M extends TopicTypes> {
  /**
   * Produces events, which succeed or fail one by one; any number of them.
   *
   * @param batch - the events, as for `produce`
   * @param options - `signal` and `timeoutMs`, how long to wait
   * @returns one result per event, in order
   * @throws RtmsgError `INPUT_INVALID` when there are none
   * @example
   * ```ts
   * const { results } = await client.produceBatch.mutate({
   *   events: orders.map((order) => ({ topic: "orders.created", data: order, id: order.id })),
   * });
   * for (const result of results) if (!result.ok) console.error(result.error.code);
   * ```
   */
  mutate(
    batch: { readonly events: readonly TypedProduceInput<M>[] },
    options?: CallOptions,
  ): Promise<{
    /** One for each event, in order. */
    readonly results: readonly BatchResult[];
  }>;
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
  <
    const T extends string,
    const G extends OnGap = "error",
    const K extends boolean = false,
    const C extends boolean = false,
    const S extends boolean = false,
  >(
    options: { readonly topic: CheckedSelection<M, T> } & SubscribeOptions<G, K, C, S>,
  ): EventStream<StreamItem<M, T, G, K, C, S>>;
  /**
   * Subscribes with callbacks, in the form of tRPC's clients. It is the same subscription, and holds
   * as little: an `onData` that returns a promise is waited for.
   *
   * @param options - as for the call without callbacks
   * @param callbacks - `onData`, `onError` and others, see {@link SubscribeCallbacks}
   * @returns `unsubscribe`
   * @example
   * ```ts
   * const subscription = client.subscribe.subscribe(
   *   { topic: "orders.created", from: "earliest" },
   *   { onData: (event) => console.log(event.data.total), onError: (error) => console.error(error.code) },
   * );
   * subscription.unsubscribe();
   * ```
   */
  subscribe<
    const T extends string,
    const G extends OnGap = "error",
    const K extends boolean = false,
    const C extends boolean = false,
    const S extends boolean = false,
  >(
    options: { readonly topic: CheckedSelection<M, T> } & SubscribeOptions<G, K, C, S>,
    callbacks: SubscribeCallbacks<StreamItem<M, T, G, K, C, S>>,
  ): Unsubscribable;
}

/** `client.history`. */
export interface HistoryProcedure<M extends TopicTypes> {
  /**
   * Reads a page of the past.
   *
   * @param input - `topic` (or a pattern), `from` (`"earliest"`), `limit` (100, at most 1,000)
   * @param options - `signal` and `timeoutMs`, how long to wait
   * @returns the events, and the cursor of the next page; null where the log ended
   * @throws RtmsgError `GAP`, `CURSOR_INVALID`, `TOPIC_INVALID`, `TOPIC_UNKNOWN`, `INPUT_INVALID`,
   *   `FORBIDDEN`, `STORAGE_FAILED`, `CLOSED`, `QUEUE_FULL`, `TIMEOUT`
   * @example
   * ```ts
   * const { events } = await client.history.query({ topic: "orders.*", from: { last: 10 } });
   * ```
   */
  query<const T extends string>(
    input: Omit<HistoryInput, "topic"> & { readonly topic: CheckedSelection<M, T> },
    options?: CallOptions,
  ): Promise<HistoryPage<EventOf<M, T>>>;
}

/** `client.topics`. */
export interface TopicsProcedures<M extends TopicTypes> {
  /** What topics there are. */
  readonly list: {
    /**
     * A page of topics, by name: those that are declared by it, and those that have an event.
     *
     * @param input - `prefix`, `after` (the `next` of the page before), `limit` (100, at most 1,000)
     * @throws RtmsgError `INPUT_INVALID`, `CLOSED`, `QUEUE_FULL`, `TIMEOUT`
     * @example
     * ```ts
     * const { topics } = await client.topics.list.query({ prefix: "orders." });
     * ```
     */
    query(input?: ListTopicsInput, options?: CallOptions): Promise<TopicPage>;
  };
  /** One topic. */
  readonly get: {
    /**
     * What is known of one topic.
     *
     * @throws RtmsgError `TOPIC_INVALID`, `TOPIC_UNKNOWN`, `CLOSED`, `QUEUE_FULL`, `TIMEOUT`
     * @example
     * ```ts
     * const { count } = await client.topics.get.query({ topic: "orders.created" });
     * ```
     */
    query<const T extends string>(
      input: { readonly topic: CheckedTopic<M, T> },
      options?: CallOptions,
    ): Promise<TopicInfo>;
  };
  /** What the server declares. */
  readonly declared: {
    /**
     * What the server declares, patterns too, with the JSON Schemas of the data: what `rtmsg generate`
     * makes types of.
     *
     * @throws RtmsgError `CLOSED`, `QUEUE_FULL`, `TIMEOUT`
     * @example
     * ```ts
     * const { topics } = await client.topics.declared.query();
     * ```
     */
    query(options?: CallOptions): Promise<{
      /** In the order of their declaration. */
      readonly topics: readonly DeclaredTopic[];
    }>;
  };
}
