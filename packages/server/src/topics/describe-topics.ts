import type { DeclaredTopic } from "../protocol/topic-info.js";
import type { TopicDefinition, Topics } from "./define-topics.js";
import { tryToDescribe } from "./json-schema.js";
import { TopicRegistry } from "./registry.js";

/**
 * Describes declared topics: what `topics.declared` answers, without a server.
 *
 * @param topics - what `defineTopics` returned
 * @returns the declarations with the JSON Schemas of their data, in the order of their names
 * @example
 * ```ts
 * for (const { selection, schema } of describeTopics(topics)) console.log(selection, schema);
 * ```
 */
export function describeTopics(topics: Topics): DeclaredTopic[] {
  return new TopicRegistry(topics).definitions().map(describeDefinition);
}

/** Describes one declaration. */
export function describeDefinition({ selection, schema, retention }: TopicDefinition): DeclaredTopic {
  const output = tryToDescribe(schema, "output");
  const input = tryToDescribe(schema, "input");
  return {
    selection,
    retention,
    schema: output.schema,
    schemaProblem: output.problem,
    inputSchema: input.schema,
    inputSchemaProblem: input.problem,
  };
}
