import type { Engine, TopicState } from "../log/engine.js";
import type { ListTopicsInput } from "../protocol/inputs.js";
import { LIMITS } from "../protocol/limits.js";
import type { JsonSchema, Retention, TopicInfo, TopicPage } from "../protocol/topic-info.js";
import { describeSchema } from "../topics/json-schema.js";
import { unknownTopic, type TopicRegistry } from "../topics/registry.js";
import type { TopicDefinition } from "../topics/define-topics.js";

/** A declaration's descriptions. */
interface Described {
  readonly schema: JsonSchema | null;
  readonly inputSchema: JsonSchema | null;
}

/** Answers what topics there are: those that are declared, and those that have had an event. */
export class TopicDirectory {
  readonly #engine: Engine;
  readonly #registry: TopicRegistry;
  readonly #retentionOf: (topic: string) => Retention;
  readonly #described = new WeakMap<TopicDefinition, Described>();

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
      ...this.#describe(this.#registry.find(topic)),
    };
  }

  #describe(definition: TopicDefinition | undefined): Described {
    if (definition === undefined) return { schema: null, inputSchema: null };
    let described = this.#described.get(definition);
    if (described === undefined) {
      described = {
        schema: describeSchema(definition.schema, "output"),
        inputSchema: describeSchema(definition.schema, "input"),
      };
      this.#described.set(definition, described);
    }
    return described;
  }
}
