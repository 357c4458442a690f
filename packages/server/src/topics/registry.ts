import { RtmsgError } from "../protocol/error.js";
import { isPattern, selects, selectionsOverlap } from "../protocol/topic-name.js";
import type { TopicDefinition, Topics } from "./define-topics.js";

/** What to do with topics that no declaration covers. */
export type UndeclaredTopics = "allow" | "deny";

/** The declared topics as the broker looks them up. */
export class TopicRegistry {
  readonly #definitions: ReadonlyMap<string, TopicDefinition>;
  readonly #patterns: readonly TopicDefinition[];
  /** Whether topics without a declaration may be used. */
  readonly undeclared: UndeclaredTopics;

  /**
   * @param topics - what `defineTopics` returned; nothing is declared without
   * @param undeclared - `"allow"` only where nothing is declared, unless told otherwise
   */
  constructor(topics?: Topics, undeclared?: UndeclaredTopics) {
    this.#definitions = topics?.definitions ?? new Map<string, TopicDefinition>();
    this.#patterns = [...this.#definitions.values()].filter(({ selection }) => isPattern(selection));
    this.undeclared = undeclared ?? (this.#definitions.size === 0 ? "allow" : "deny");
  }

  /** The declaration that covers a topic's name: the exact one, else a pattern's. */
  find(topic: string): TopicDefinition | undefined {
    const exact = this.#definitions.get(topic);
    if (exact !== undefined) return exact;
    // Every event comes here, and a callback would be made for each.
    for (const definition of this.#patterns) {
      if (selects(definition.selection, topic)) return definition;
    }
    return undefined;
  }

  /** Every declaration, by name. */
  definitions(): TopicDefinition[] {
    return [...this.#definitions.values()].toSorted((a, b) => (a.selection < b.selection ? -1 : 1));
  }

  /** The names that are declared without wildcards. */
  names(): readonly string[] {
    return [...this.#definitions.keys()].filter((selection) => !isPattern(selection));
  }

  /**
   * The declaration that covers a topic's name, where one is needed.
   *
   * @returns undefined for an undeclared topic that is allowed
   * @throws RtmsgError `TOPIC_UNKNOWN`
   */
  require(topic: string): TopicDefinition | undefined {
    const definition = this.find(topic);
    if (definition === undefined && this.undeclared === "deny") throw unknownTopic(topic);
    return definition;
  }

  /**
   * Checks that a name or pattern can have events.
   *
   * @throws RtmsgError `TOPIC_UNKNOWN`
   */
  requireSelection(selection: string): void {
    if (!isPattern(selection)) {
      this.require(selection);
      return;
    }
    if (this.undeclared === "allow") return;
    for (const declared of this.#definitions.keys()) {
      if (selectionsOverlap(declared, selection)) return;
    }
    throw unknownTopic(selection);
  }
}

/** A topic that is neither declared nor allowed to be made. */
export function unknownTopic(topic: string): RtmsgError<"TOPIC_UNKNOWN"> {
  return new RtmsgError(
    "TOPIC_UNKNOWN",
    `Topic "${topic}" is not known: declare it with defineTopics, or check the spelling`,
  );
}
