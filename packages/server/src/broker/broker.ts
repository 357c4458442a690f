import { parseLimits } from "../limits/limits.js";
import type { DedupeLimits, Engine, EngineOpener, LogBackup, LogUsage } from "../log/engine.js";
import { silentLogger } from "../observe/logger.js";
import type { SubscriberProgress } from "../observe/metrics-source.js";
import { StatsReader } from "../observe/stats-reader.js";
import { Telemetry } from "../observe/telemetry.js";
import type { BrokerStats } from "../protocol/admin.js";
import { isRtmsgError, type ErrorCode } from "../protocol/error.js";
import type { OnGap, Receipt } from "../protocol/event.js";
import type { ImportResult } from "../protocol/imported-event.js";
import type { HistoryInput, ListTopicsInput, ProduceInput } from "../protocol/inputs.js";
import {
  parseHistory,
  parseListTopics,
  parseProduce,
  parseGetTopic,
  parseSubscribe,
} from "../protocol/inputs.js";
import { PROTOCOL } from "../protocol/limits.js";
import type { ProduceResult } from "../protocol/produce-result.js";
import type { ServerInfo } from "../protocol/server-info.js";
import type { DeclaredTopic, HistoryPage, Retention, TopicInfo, TopicPage } from "../protocol/topic-info.js";
import { TopicRegistry } from "../topics/registry.js";
import type {
  CheckedSelection,
  EventOf,
  ProduceTopic,
  SubscribedItem,
  TopicTypes,
  TypedProduceInput,
} from "../topics/topic-types.js";
import { VERSION } from "../version.js";
import type { BrokerOptions, SubscribeOptions } from "./broker-options.js";
import type { BatchCaller } from "./batch-caller.js";
import { backUp } from "./back-up.js";
import type { BrokerSettings } from "./broker-settings.js";
import { dedupeLimits } from "./dedupe-options.js";
import { decodeEvent } from "./event-decoding.js";
import { FanOut } from "./fan-out.js";
import { readHistory } from "./history.js";
import { Importer } from "./importer.js";
import { Life, shuttingDown } from "./life.js";
import { OpenSubscriptions } from "./open-subscriptions.js";
import { ProduceOrder } from "./produce-order.js";
import type { ProduceQuota } from "./produce-quota.js";
import { Producer } from "./producer.js";
import type { Subscription, SubscriptionInput } from "./subscription.js";
import { subscriptionItems } from "./subscription-items.js";
import { TopicDirectory } from "./topic-directory.js";

/**
 * The broker in its process: produce, subscribe and look back without a socket between. Everything
 * that a server answers comes from here. Make one with `createBroker`.
 *
 * @typeParam M - the topics' types
 */
export class Broker<M extends TopicTypes = TopicTypes> {
  /** Carries the topics' types; never set. */
  declare readonly "~types"?: M;
  readonly #engine: Engine;
  readonly #registry: TopicRegistry;
  readonly #fanOut: FanOut;
  readonly #producer: Producer;
  readonly #importer: Importer;
  readonly #directory: TopicDirectory;
  readonly #subscriptions: OpenSubscriptions;
  readonly #order = new ProduceOrder();
  readonly #dedupe: DedupeLimits;
  readonly #stats: StatsReader;
  /**
   * What happens to the broker, counted.
   * @internal
   */
  readonly telemetry: Telemetry;
  readonly #life = new Life();

  private constructor(engine: Engine, tail: number, registry: TopicRegistry, settings: BrokerSettings) {
    this.#engine = engine;
    this.#registry = registry;
    this.#fanOut = new FanOut(engine, tail);
    this.#producer = new Producer(engine, registry, settings);
    this.#importer = new Importer(engine, registry, settings.limits.eventBytes);
    this.#directory = new TopicDirectory(engine, registry, settings.retentionOf);
    this.#subscriptions = new OpenSubscriptions({
      engine,
      fanOut: this.#fanOut,
      maxBufferedBytes: settings.limits.bufferedBytes,
      telemetry: settings.telemetry,
    });
    this.#dedupe = settings.dedupe;
    this.telemetry = settings.telemetry;
    this.#stats = new StatsReader(this, VERSION);
  }

  /**
   * Opens an engine and puts a broker on it. Apps call `createBroker`, which has a default engine.
   *
   * @throws TypeError when an option is malformed
   */
  static async open<M extends TopicTypes>(open: EngineOpener, options: BrokerOptions<M>): Promise<Broker<M>> {
    const registry = new TopicRegistry(options.topics, options.undeclaredTopics);
    const retentionOf = (topic: string): Retention => registry.find(topic)?.retention ?? {};
    const dedupe = dedupeLimits(options.dedupe ?? {});
    const limits = parseLimits(options.limits);
    const logger = options.logger ?? silentLogger;
    const telemetry = new Telemetry((topic) => registry.find(topic)?.selection, logger);
    const maxTopics = limits.topics;
    const engine = await open({ retentionOf, dedupe, maxTopics, now: Date.now, observer: telemetry });
    const settings = { retentionOf, dedupe, limits, logger, telemetry };
    return new Broker<M>(engine, await engine.tail(), registry, settings);
  }

  /** The log's incarnation. */
  get epoch(): string {
    return this.#engine.epoch;
  }

  /** The storage in use: its name, and what a receipt stands for. */
  get engine(): Pick<Engine, "name" | "durability"> {
    return this.#engine;
  }

  /** How long, and how many, event ids are remembered. */
  get dedupe(): DedupeLimits {
    return this.#dedupe;
  }

  /**
   * What a client is told of the server.
   * @internal
   */
  get info(): ServerInfo {
    this.#life.requireOpen();
    const { windowMs } = this.#dedupe;
    const dedupe = { windowMs, reachMs: this.#engine.dedupeReach() };
    return { protocol: PROTOCOL, version: VERSION, epoch: this.epoch, dedupe };
  }

  /**
   * Produces one event.
   *
   * @param event - topic and data, and optionally `id`, `key`, `headers`, `expectedOffset`
   * @returns the receipt, once the event is as safe as the engine promises
   * @throws RtmsgError `TOPIC_INVALID`, `TOPIC_UNKNOWN`, `DATA_INVALID`, `EVENT_TOO_LARGE`,
   *   `EVENT_ID_CONFLICT`, `OFFSET_MISMATCH`, `LIMIT_EXCEEDED`, `STORAGE_FULL`, `STORAGE_FAILED`,
   *   `UNAVAILABLE`, `SHUTTING_DOWN`, `INPUT_INVALID`
   * @example
   * ```ts
   * const receipt = await broker.produce({ topic: "orders.created", data: { id: "o-1", total: 12 } });
   * ```
   */
  async produce<const T extends ProduceTopic<M>>(event: TypedProduceInput<M, T>): Promise<Receipt<T>> {
    return (await this.accept(parseProduce(event), this.#order)) as Receipt<T>;
  }

  /**
   * Produces up to 1,000 events that succeed or fail one by one.
   *
   * @param events - as for `produce`
   * @returns one result per event, in order
   * @throws RtmsgError `SHUTTING_DOWN`, or what fails all of them alike
   */
  async produceBatch(events: readonly TypedProduceInput<M>[]): Promise<ProduceResult[]> {
    return this.acceptBatch(events, this.#order);
  }

  /**
   * Subscribes to a topic or a pattern. The subscription is made at once: what is produced after
   * this call is not missed, however late the iteration starts.
   *
   * @param options - `topic`, and the options of {@link SubscribeOptions}
   * @returns an async iterable of events, in offset order, each once
   * @throws RtmsgError `TOPIC_INVALID`, `TOPIC_UNKNOWN`, `SHUTTING_DOWN`; while iterating `GAP`,
   *   `CURSOR_INVALID`, `SHUTTING_DOWN`
   * @example
   * ```ts
   * for await (const event of broker.subscribe({ topic: "orders.>", from: "earliest" })) {
   *   console.log(event.offset, event.data);
   * }
   * ```
   */
  subscribe<const T extends string, const G extends OnGap = "error", const K extends boolean = false>(
    options: { readonly topic: CheckedSelection<M, T> } & SubscribeOptions<G, K>,
  ): AsyncIterableIterator<SubscribedItem<M, T, G, K>> {
    const { signal, ...input } = options;
    const subscription = this.openSubscription(parseSubscribe(input), signal);
    return subscriptionItems(subscription) as AsyncIterableIterator<SubscribedItem<M, T, G, K>>;
  }

  /**
   * Reads a page of the past.
   *
   * @param input - `topic` (or a pattern), `from` (`"earliest"`), `limit` (100, at most 1,000)
   * @throws RtmsgError `GAP`, `CURSOR_INVALID`, `TOPIC_INVALID`, `TOPIC_UNKNOWN`, `INPUT_INVALID`
   */
  async history<const T extends string>(
    input: Omit<HistoryInput, "topic"> & { readonly topic: CheckedSelection<M, T> },
  ): Promise<HistoryPage<EventOf<M, T>>> {
    const { events, next } = await this.readHistory(parseHistory(input));
    return {
      events: events.map((event) => decodeEvent(event, this.epoch)) as EventOf<M, T>[],
      next,
    };
  }

  /** What topics there are. */
  readonly topics = {
    /**
     * One topic.
     * @throws RtmsgError `TOPIC_INVALID`, `TOPIC_UNKNOWN`
     */
    get: async (topic: string): Promise<TopicInfo> => {
      this.#life.requireOpen();
      return this.#directory.get(parseGetTopic({ topic }).topic);
    },
    /** A page of topics, by name: those that are declared, and those that have had an event. */
    list: async (input: ListTopicsInput = {}): Promise<TopicPage> =>
      this.listTopics(parseListTopics(input), () => true),
    /** What was declared, patterns too, with the JSON Schemas of the data. */
    declared: (): readonly DeclaredTopic[] => {
      this.#life.requireOpen();
      return this.#directory.declared();
    },
  };

  /** Takes no more produces, and waits until those that were accepted are answered. */
  async drain(): Promise<void> {
    await this.#life.drain();
  }

  /** Ends every subscription with `SHUTTING_DOWN`, waits for what was accepted, and closes the engine. */
  close(): Promise<void> {
    return this.#life.close(async () => {
      this.#subscriptions.failAll(shuttingDown());
      this.#stats.close();
      await this.#engine.close();
      this.#fanOut.close();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Produces for a connection, whose order is kept.
   * @internal
   */
  async accept(input: ProduceInput, order: ProduceOrder, quota?: ProduceQuota): Promise<Receipt> {
    return this.#life.answered(() => this.#producer.produce(input, order, quota));
  }

  /**
   * Produces a batch for a connection, whose order is kept.
   * @internal
   */
  async acceptBatch(
    inputs: readonly unknown[],
    order: ProduceOrder,
    caller?: BatchCaller,
  ): Promise<ProduceResult[]> {
    return this.#life.answered(() => this.#producer.produceBatch(inputs, order, caller));
  }

  /** Takes in events of another log. @internal */
  acceptImport(events: readonly unknown[]): Promise<ImportResult> {
    return this.#life.answered(() => this.#importer.import(events));
  }

  /** Makes a copy of the log while it goes on. @internal */
  async backup(): Promise<LogBackup> {
    this.#life.requireOpen();
    return backUp(this.#engine);
  }

  /**
   * Makes a subscription, registered when this returns.
   * @internal
   */
  openSubscription(input: SubscriptionInput, signal?: AbortSignal): Subscription {
    this.#life.requireOpen();
    this.#registry.requireSelection(input.topic);
    return this.#subscriptions.open(input, signal);
  }

  /** Lists some of the topics. @internal */
  async listTopics(input: ListTopicsInput, isShown: (topic: string) => boolean): Promise<TopicPage> {
    this.#life.requireOpen();
    return this.#directory.list(input, isShown);
  }

  /** Reads a page of stored events. @internal */
  async readHistory(input: HistoryInput): ReturnType<typeof readHistory> {
    this.#life.requireOpen();
    this.#registry.requireSelection(input.topic);
    return readHistory(this.#engine, input);
  }

  /**
   * Carries what is committed to live subscriptions.
   * @internal
   */
  get fanOut(): FanOut {
    return this.#fanOut;
  }

  /** Live subscriptions, of every transport and of this process. */
  get subscriberCount(): number {
    return this.#subscriptions.size;
  }

  /** How far the subscriptions are: of every transport, and of this process. */
  get progress(): SubscriberProgress {
    return this.#subscriptions.progress;
  }

  /** What the broker does, with rates since it was asked before. */
  async stats(): Promise<BrokerStats> {
    this.#life.requireOpen();
    return this.#stats.read();
  }

  /**
   * Removes a topic's events before an offset. Subscribers that had not got there have a gap.
   *
   * @param topic - its name
   * @param before - offset of the first event to keep
   * @returns how many were removed
   * @throws RtmsgError `TOPIC_UNKNOWN`, `SHUTTING_DOWN`, `STORAGE_FAILED`
   */
  async trim(topic: string, before: number): Promise<number> {
    await this.topics.get(topic);
    return before > 0 ? this.#engine.trim(topic, before - 1) : 0;
  }

  /**
   * Removes a topic's events. It is listed again once it has one, or if its name is declared; its offsets go on.
   *
   * @param topic - its name
   * @returns how many were removed
   * @throws RtmsgError `TOPIC_UNKNOWN`, `SHUTTING_DOWN`, `STORAGE_FAILED`
   */
  async deleteTopic(topic: string): Promise<number> {
    const { latestOffset } = await this.topics.get(topic);
    return latestOffset === null ? 0 : this.#engine.trim(topic, latestOffset);
  }

  /** Why an event could not be stored now, as far as that can be told; undefined where it could. */
  async whyNotWritable(): Promise<ErrorCode | undefined> {
    return this.#engine.checkWritable().then(
      () => undefined,
      (error: unknown) => (isRtmsgError(error) ? error.code : "STORAGE_FAILED"),
    );
  }

  /** What the log takes now. */
  async usage(): Promise<LogUsage> {
    return this.#engine.usage();
  }
}
