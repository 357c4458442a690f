import {
  RtmsgError,
  type HistoryInput,
  type HistoryPage,
  type OnGap,
  type Receipt,
  type TopicInfo,
} from "@rtmsg/server/protocol";
import type { DataIn, EventOf, ProduceOptions, TopicTypes } from "@rtmsg/server/topics";
import type { CallOptions } from "./call-options.js";
import type { EventStream, StreamItem, SubscribeOptions } from "./subscribe/subscribe-options.js";

/**
 * Options of a topic handle's `history`.
 *
 * @example
 * ```ts
 * const pages = client.topic("orders.created").history({ from: { time: Date.now() - 3_600_000 }, limit: 1_000 });
 * ```
 */
export interface TopicHistoryOptions extends CallOptions, Omit<HistoryInput, "topic"> {}

/**
 * One topic of a client, so that its name is said once. It holds nothing: make as many as you like.
 *
 * @typeParam M - the topics' types
 * @typeParam T - the topic's name
 * @example
 * ```ts
 * const orders = client.topic("orders.created");
 * await orders.produce({ id: "o-1", total: 12 });
 * for await (const event of orders.subscribe({ from: "earliest" })) console.log(event.data.total);
 * ```
 */
export interface TopicHandle<M extends TopicTypes, T extends string> {
  /** The topic's name. */
  readonly name: T;
  /**
   * Produces one event, as `client.produce.mutate` does.
   *
   * @param data - the event's data
   * @param options - `id`, `key`, `headers`, `expectedOffset`; `signal`, `timeoutMs`
   * @returns the receipt, once the event is in the log
   * @throws RtmsgError as `client.produce.mutate`
   * @example
   * ```ts
   * const receipt = await orders.produce({ id: "o-1", total: 12 }, { id: "o-1", timeoutMs: 5_000 });
   * ```
   */
  produce(data: DataIn<M, T>, options?: ProduceOptions & CallOptions): Promise<Receipt<T>>;
  /**
   * Subscribes to the topic, as `client.subscribe` does.
   *
   * @param options - as for `client.subscribe`, without the topic
   * @returns what a `for await` reads
   * @throws RtmsgError while iterating, as `client.subscribe`
   * @example
   * ```ts
   * for await (const event of orders.subscribe({ from: { last: 10 } })) console.log(event.data.total);
   * ```
   */
  subscribe<
    const G extends OnGap = "error",
    const K extends boolean = false,
    const C extends boolean = false,
    const S extends boolean = false,
  >(
    options?: SubscribeOptions<G, K, C, S>,
  ): EventStream<StreamItem<M, T, G, K, C, S>>;
  /**
   * Reads the past page by page, up to what is the log's end then.
   *
   * @param options - `from` (`"earliest"`), `limit` of one page (100, at most 1,000); `signal` and `timeoutMs` of one page
   * @returns an async iterable of pages, each of which is asked for when it is wanted
   * @throws RtmsgError while iterating, as `client.history.query`
   * @example
   * ```ts
   * for await (const { events } of orders.history({ limit: 1_000 })) {
   *   for (const event of events) console.log(event.data.total);
   * }
   * ```
   */
  history(options?: TopicHistoryOptions): AsyncGenerator<HistoryPage<EventOf<M, T>>, void, undefined>;
  /**
   * What is known of the topic.
   *
   * @param options - `signal`, `timeoutMs`
   * @throws RtmsgError as `client.topics.get.query`
   * @example
   * ```ts
   * const { count, latestOffset } = await orders.info();
   * ```
   */
  info(options?: CallOptions): Promise<TopicInfo>;
}

/** The calls of a client that its topic handles use. */
export interface TopicCalls {
  readonly produce: (event: unknown, options?: CallOptions) => Promise<Receipt>;
  readonly subscribe: (options: { readonly topic: string } & SubscribeOptions) => unknown;
  readonly history: (input: HistoryInput, options?: CallOptions) => Promise<HistoryPage<unknown>>;
  readonly info: (input: { readonly topic: string }, options?: CallOptions) => Promise<TopicInfo>;
}

/** Makes a topic's handle, without its types. */
export function topicHandle(topic: string, calls: TopicCalls): unknown {
  return {
    name: topic,
    produce(data: unknown, { signal, timeoutMs, ...options }: ProduceOptions & CallOptions = {}) {
      return calls.produce({ ...options, topic, data }, { signal, timeoutMs });
    },
    subscribe: (options: SubscribeOptions = {}) => calls.subscribe({ ...options, topic }),
    async *history({ signal, timeoutMs, ...input }: TopicHistoryOptions = {}) {
      let { from } = input;
      for (;;) {
        const page: Partial<HistoryPage<unknown>> | null = await calls.history(
          { ...input, from, topic },
          { signal, timeoutMs },
        );
        if (!Array.isArray(page?.events) || page.next === undefined)
          throw new RtmsgError("INTERNAL", "The server sent a page of history that cannot be read");
        if (page.events.length > 0) yield page;
        if (page.next === null) return;
        from = { cursor: page.next };
      }
    },
    info: (options?: CallOptions) => calls.info({ topic }, options),
  };
}
