import type { AppendPlan, CommittedState } from "../log/append-plan.js";
import { CommitFeed } from "../log/commit-feed.js";
import { DedupeWindow } from "../log/dedupe-window.js";
import type {
  AppendEntry,
  AppendOutcome,
  CommitListener,
  Engine,
  EngineOpener,
  EngineSettings,
  LogPage,
  LogUsage,
  PageLimits,
  TopicState,
  TopicStatePage,
} from "../log/engine.js";
import { createEpoch } from "../log/epoch.js";
import { GroupCommit } from "../log/group-commit.js";
import type { Selection } from "../log/selection.js";
import { storedSize, type StoredEvent } from "../log/stored-event.js";
import { RtmsgError } from "../protocol/error.js";
import { EventDeque } from "./event-deque.js";
import { MemoryTopic } from "./memory-topic.js";
import { TopicNames } from "./topic-names.js";

/** Options of the memory engine. */
export interface MemoryEngineOptions {
  /**
   * Bytes of events to keep in all; past them the oldest of the whole log are trimmed.
   * @default 67_108_864 (64 MiB)
   */
  readonly maxBytes?: number;
}

/** How often topics with a `maxAge` are looked at, in ms. */
const SWEEP_INTERVAL_MS = 1_000;
/** Removed events stay in the whole log's order until there are this many, and they are half of all. */
const COMPACT_AT = 1_024;
/** The same in bytes: a few large removed events are as bad as many small ones. */
const COMPACT_AT_BYTES = 1_048_576;

/**
 * The engine that keeps the log in memory: the semantics of the others without the disk. It is
 * bounded, and each start is a new epoch.
 *
 * @param options - its bound
 * @returns what `createBroker` and `startServer` take as `engine`
 * @example
 * ```ts
 * const broker = await createBroker({ topics, engine: memoryEngine({ maxBytes: 16 * 1024 * 1024 }) });
 * ```
 */
export function memoryEngine(options: MemoryEngineOptions = {}): EngineOpener {
  const maxBytes = options.maxBytes ?? 67_108_864;
  if (!(maxBytes > 0))
    throw new TypeError(`maxBytes of the memory engine is ${maxBytes}: use a number above 0`);
  return (settings) => Promise.resolve(new MemoryEngine(settings, maxBytes));
}

class MemoryEngine implements Engine {
  readonly name = "memory";
  readonly durability = "memory";
  readonly canImport = true;
  readonly epoch = createEpoch();
  readonly #settings: EngineSettings;
  readonly #maxBytes: number;
  readonly #feed = new CommitFeed();
  readonly #commits: GroupCommit<MemoryTopic>;
  readonly #topics = new Map<string, MemoryTopic>();
  readonly #names = new TopicNames();
  readonly #dedupe: DedupeWindow;
  /** How far topics have other logs' events, by epoch and topic. */
  readonly #imported = new Map<string, number>();
  readonly #sweep: NodeJS.Timeout;
  /** Every event in the log's order; those that their topic has trimmed are skipped. */
  #order = new EventDeque();
  #retained = 0;
  #bytes = 0;
  #tail = 0;
  #lastTime = 0;
  /** Offset of the newest trimmed event. */
  #newestTrim = 0;
  #lastTrim = 0;
  #closing: Promise<void> | undefined;

  constructor(settings: EngineSettings, maxBytes: number) {
    this.#settings = settings;
    this.#maxBytes = maxBytes;
    this.#dedupe = new DedupeWindow(settings.dedupe);
    const write = (): undefined => undefined;
    const applied = (plan: AppendPlan<MemoryTopic>): void => this.#apply(plan);
    this.#commits = new GroupCommit({ state: this.#committedState(), write, applied }, settings);
    this.#sweep = setInterval(() => this.#trimByAge(), SWEEP_INTERVAL_MS).unref();
  }

  append(entries: readonly AppendEntry[]): Promise<AppendOutcome[]> {
    return this.#whileOpen(() => this.#commits.append(entries));
  }

  dedupeReach(): number {
    return this.#dedupe.reach(this.#settings.now());
  }

  onCommit(listener: CommitListener): () => void {
    return this.#feed.listen(listener);
  }

  tail(): Promise<number> {
    return this.#whileOpen(() => this.#tail);
  }

  read(selection: Selection, after: number, limits: PageLimits): Promise<LogPage> {
    return this.#whileOpen(() => {
      const lastTrim = this.#lastTrimAfter(selection, after);
      const events: StoredEvent[] = [];
      let bytes = 0;
      for (const event of this.#eventsAfter(selection, after)) {
        bytes += storedSize(event);
        if (events.length > 0 && (events.length >= limits.maxEvents || bytes > limits.maxBytes)) {
          return { events, through: (events.at(-1) as StoredEvent).offset, atTail: false, lastTrim };
        }
        events.push(event);
      }
      return { events, through: Math.max(this.#tail, after), atTail: true, lastTrim };
    });
  }

  positionAtTime(selection: Selection, time: number): Promise<number> {
    return this.#whileOpen(() => {
      const events = this.#deque(selection);
      for (let index = events.indexAtTime(time); index < events.length; index++) {
        const event = events.at(index) as StoredEvent;
        if (this.#isRetained(event) && selection.matches(event.topic)) return event.offset - 1;
      }
      return this.#tail;
    });
  }

  positionOfLast(selection: Selection, count: number): Promise<number> {
    return this.#whileOpen(() => {
      const events = this.#deque(selection);
      let position = this.#tail;
      let left = count;
      for (let index = events.length - 1; index >= 0 && left > 0; index--) {
        const event = events.at(index) as StoredEvent;
        if (!this.#isRetained(event) || !selection.matches(event.topic)) continue;
        position = event.offset - 1;
        left--;
      }
      return position;
    });
  }

  lastTrim(): Promise<number> {
    return this.#whileOpen(() => this.#lastTrim);
  }

  topic(name: string): Promise<TopicState | undefined> {
    return this.#whileOpen(() => this.#topics.get(name)?.state());
  }

  topics(options: { prefix: string; after: string; limit: number }): Promise<TopicStatePage> {
    return this.#whileOpen(() => {
      const { names, more } = this.#names.page(options);
      return { topics: names.map((name) => (this.#topics.get(name) as MemoryTopic).state()), more };
    });
  }

  trim(name: string, through: number): Promise<number> {
    return this.#whileOpen(() => {
      const topic = this.#topics.get(name);
      let trimmed = 0;
      while (topic?.events.first !== undefined && topic.events.first.offset <= through) {
        this.#trimFirst(topic);
        trimmed++;
      }
      this.#compact();
      return trimmed;
    });
  }

  checkWritable(): Promise<void> {
    return this.#whileOpen(() => undefined);
  }

  usage(): Promise<LogUsage> {
    return this.#whileOpen(() => ({
      events: this.#retained,
      bytes: this.#bytes,
      topics: this.#topics.size,
      fileBytes: null,
    }));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#sweep);
    await this.#commits.settled();
    this.#topics.clear();
    this.#order = new EventDeque();
  }

  async #whileOpen<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#closing !== undefined)
      throw new RtmsgError("SHUTTING_DOWN", "The log is closed: connect again later");
    return work();
  }

  #committedState(): CommittedState<MemoryTopic> {
    // Getters, so that a plan always sees what is committed now.
    const tail = (): number => this.#tail;
    const lastTime = (): number => this.#lastTime;
    const topics = this.#topics;
    return {
      dedupe: this.#dedupe,
      byName: (topic) => topics.get(topic),
      importedThrough: ({ name }, epoch) => this.#imported.get(`${epoch} ${name}`) ?? 0,
      get tail() {
        return tail();
      },
      get lastTime() {
        return lastTime();
      },
      get topicCount() {
        return topics.size;
      },
    };
  }

  #apply(plan: AppendPlan<MemoryTopic>): void {
    for (const [index, event] of plan.events.entries()) {
      const topic = plan.topics[index] ?? this.#topicOf(event.topic);
      topic.add(event);
      this.#order.push(event);
      this.#retained++;
      this.#bytes += storedSize(event);
      this.#tail = event.offset;
      this.#lastTime = event.time;
      while (topic.isOverdue(event.time)) this.#trimFirst(topic);
    }
    for (const { id, idHash, event, contentHash } of plan.ids) {
      const { topic, offset, time } = event;
      this.#dedupe.add(topic, id, { offset, time, contentHash }, idHash);
    }
    for (const [key, { through }] of plan.imported) this.#imported.set(key, through);
    this.#trimToBound();
    this.#compact();
    this.#feed.publish(plan.events);
  }

  #topicOf(name: string): MemoryTopic {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = new MemoryTopic(name, this.#settings.retentionOf(name));
      this.#topics.set(name, topic);
      this.#names.add(name);
    }
    return topic;
  }

  #isRetained(event: StoredEvent): boolean {
    return event.offset > (this.#topics.get(event.topic)?.trimmedThrough ?? 0);
  }

  /** Where the events of a selection are found, beside others if it is a pattern. */
  #deque(selection: Selection): EventDeque {
    if (selection.isPattern) return this.#order;
    return this.#topics.get(selection.text)?.events ?? new EventDeque();
  }

  *#eventsAfter(selection: Selection, after: number): Generator<StoredEvent, void> {
    const events = this.#deque(selection);
    for (let index = events.indexAfter(after); index < events.length; index++) {
      const event = events.at(index) as StoredEvent;
      if (!selection.isPattern || (selection.matches(event.topic) && this.#isRetained(event))) yield event;
    }
  }

  #lastTrimAfter(selection: Selection, after: number): number {
    if (this.#newestTrim <= after) return 0;
    if (!selection.isPattern) {
      const topic = this.#topics.get(selection.text);
      return topic !== undefined && topic.trimmedThrough > after ? topic.lastTrim : 0;
    }
    let last = 0;
    for (const { name, trimmedThrough, lastTrim } of this.#topics.values()) {
      if (trimmedThrough > after && lastTrim > last && selection.matches(name)) last = lastTrim;
    }
    return last;
  }

  #trimFirst(topic: MemoryTopic): void {
    const event = topic.trimFirst();
    if (event === undefined) return;
    this.#retained--;
    this.#bytes -= storedSize(event);
    this.#newestTrim = Math.max(this.#newestTrim, event.offset);
    topic.lastTrim = ++this.#lastTrim;
    this.#settings.observer?.trimmed(topic.name, 1);
  }

  #trimToBound(): void {
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#order.shift();
      if (oldest === undefined) return;
      if (this.#isRetained(oldest)) this.#trimFirst(this.#topicOf(oldest.topic));
    }
  }

  #trimByAge(): void {
    const now = this.#settings.now();
    for (const topic of this.#topics.values()) {
      while (topic.isOverdue(now)) this.#trimFirst(topic);
    }
    this.#compact();
    this.#dedupe.expire(now);
  }

  /** Drops trimmed events from the whole log's order, seldom enough to cost little per event. */
  #compact(): void {
    const removed = this.#order.length - this.#retained;
    const isMany = removed >= COMPACT_AT && removed * 2 >= this.#order.length;
    const isMuch = this.#order.bytes - this.#bytes > Math.max(COMPACT_AT_BYTES, this.#bytes);
    if (!isMany && !isMuch) return;
    const order = new EventDeque();
    for (let index = 0; index < this.#order.length; index++) {
      const event = this.#order.at(index) as StoredEvent;
      if (this.#isRetained(event)) order.push(event);
    }
    this.#order = order;
  }
}
