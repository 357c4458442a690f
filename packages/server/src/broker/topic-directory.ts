import type { Engine, TopicState } from "../log/engine.js";
import type { ListTopicsInput } from "../protocol/inputs.js";
import { LIMITS } from "../protocol/limits.js";
import type { DeclaredTopic, Retention, TopicInfo, TopicPage } from "../protocol/topic-info.js";
import { describeDefinition } from "../topics/describe-topics.js";
import { unknownTopic, type TopicRegistry } from "../topics/registry.js";
import type { TopicDefinition } from "../topics/define-topics.js";

interface NamesPage {
  readonly names: readonly string[];
  readonly states: ReadonlyMap<string, TopicState | undefined>;
  /** Whether more follow. */
  readonly more: boolean;
}

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

  /**
   * A page of topics, by name.
   *
   * @param isShown - leaves out the others
   */
  async list(input: ListTopicsInput, isShown: (topic: string) => boolean): Promise<TopicPage> {
    const { prefix = "", limit = LIMITS.listDefault } = input;
    const topics: TopicInfo[] = [];
    for (let after = input.after ?? ""; ;) {
      const { names, states, more } = await this.#page(prefix, after, limit);
      for (const [index, name] of names.entries()) {
        after = name;
        if (!isShown(name) || !this.#isThere(name, states.get(name))) continue;
        topics.push(this.#info(name, states.get(name)));
        if (topics.length === limit) return { topics, next: more || index < names.length - 1 ? name : null };
      }
      if (!more) return { topics, next: null };
    }
  }

  /** One that was emptied is not listed, unless its name is declared. */
  #isThere(name: string, state: TopicState | undefined): boolean {
    return state === undefined || state.count > 0 || this.#registry.find(name)?.selection === name;
  }

  /** Names in order, and what the log knows of their topics. */
  async #page(prefix: string, after: string, limit: number): Promise<NamesPage> {
    const page = await this.#engine.topics({ prefix, after, limit });
    const states = new Map<string, TopicState | undefined>(page.topics.map((state) => [state.topic, state]));
    for (const name of this.#registry.names()) {
      if (name > after && name.startsWith(prefix) && !states.has(name)) {
        states.set(name, await this.#engine.topic(name));
      }
    }
    const names = [...states.keys()].toSorted();
    return { names: names.slice(0, limit), states, more: page.more || names.length > limit };
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
