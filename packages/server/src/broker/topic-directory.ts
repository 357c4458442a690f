import type { Engine, TopicState } from "../log/engine.js";
import type { ListTopicsInput } from "../protocol/inputs.js";
import { LIMITS } from "../protocol/limits.js";
import type { DeclaredTopic, Retention, TopicInfo, TopicPage } from "../protocol/topic-info.js";
import { describeDefinition } from "../topics/describe-topics.js";
import { unknownTopic, type TopicRegistry } from "../topics/registry.js";
import type { TopicDefinition } from "../topics/define-topics.js";

/** Answers what topics there are: those that are declared, and those that have had an event. */
export class TopicDirectory {
  readonly #engine: Engine;
  readonly #registry: TopicRegistry;
  readonly #retentionOf: (topic: string) => Retention;
  readonly #described = new WeakMap<TopicDefinition, DeclaredTopic>();

  constructor(engine: Engine, registry: TopicRegistry, retentionOf: (topic: string) => Retention) {
    this.#engine = engine;
    this.#registry = registry;
    this.#retentionOf = retentionOf;
  }

  /**
   * One topic.
   *
   * @throws RtmsgError `TOPIC_UNKNOWN` for one that is not declared and has had no event
   */
  async get(topic: string): Promise<TopicInfo> {
    const state = await this.#engine.topic(topic);
    if (state === undefined && this.#registry.find(topic) === undefined) throw unknownTopic(topic);
    return this.#info(topic, state);
  }

  /** A page of topics, by name. */
  async list(input: ListTopicsInput): Promise<TopicPage> {
    const { prefix = "", after = "", limit = LIMITS.listDefault } = input;
    const page = await this.#engine.topics({ prefix, after, limit });
    const states = new Map<string, TopicState | undefined>(page.topics.map((state) => [state.topic, state]));
    for (const name of this.#registry.names()) {
      if (name > after && name.startsWith(prefix) && !states.has(name)) {
        states.set(name, await this.#engine.topic(name));
      }
    }
    const names = [...states.keys()].toSorted();
    const shown = names.slice(0, limit);
    const isMore = page.more || names.length > shown.length;
    return {
      topics: shown.map((name) => this.#info(name, states.get(name))),
      next: isMore ? (shown.at(-1) ?? null) : null,
    };
  }

  /** Every declaration, by name. */
  declared(): DeclaredTopic[] {
    return this.#registry.definitions().map((definition) => this.#describe(definition));
  }

  #info(topic: string, state: TopicState | undefined): TopicInfo {
    return {
      topic,
      earliestOffset: state?.firstOffset ?? null,
      latestOffset: state?.lastOffset ?? null,
      count: state?.count ?? 0,
      bytes: state?.bytes ?? 0,
      lastEventTime: state?.lastTime ?? null,
      retention: this.#retentionOf(topic),
      durability: this.#engine.durability,
      ...this.#schemasOf(this.#registry.find(topic)),
    };
  }

  #schemasOf(definition: TopicDefinition | undefined): Pick<TopicInfo, "schema" | "inputSchema"> {
    if (definition === undefined) return { schema: null, inputSchema: null };
    const { schema, inputSchema } = this.#describe(definition);
    return { schema, inputSchema };
  }

  #describe(definition: TopicDefinition): DeclaredTopic {
    let described = this.#described.get(definition);
    if (described === undefined) {
      described = describeDefinition(definition);
      this.#described.set(definition, described);
    }
    return described;
  }
}
