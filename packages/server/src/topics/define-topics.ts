import type { StandardSchemaV1 } from "@standard-schema/spec";
import { isPattern, isTopicSelection, selectionsOverlap } from "../protocol/topic-name.js";
import type { Retention } from "../protocol/topic-info.js";
import { parseRetention, type RetentionOptions } from "./retention.js";
import type { TopicType, TopicTypes } from "./topic-types.js";

/**
 * A topic's declaration in long form.
 *
 * @example
 * ```ts
 * const topics = defineTopics({ "chat.*": { schema: z.object({ text: z.string() }), retention: { maxAge: "7d" } } });
 * ```
 */
export interface TopicOptions<Schema extends StandardSchemaV1 = StandardSchemaV1> {
  /** Checks and types the data: zod, valibot, arktype, or any other Standard Schema. */
  readonly schema: Schema;
  /** What to keep; everything unless told otherwise. */
  readonly retention?: RetentionOptions;
}

/**
 * A topic's declaration: its schema, or a schema with options.
 *
 * @example
 * ```ts
 * const declaration: TopicDeclaration = { schema: z.string(), retention: { maxAge: "7d" } };
 * ```
 */
export type TopicDeclaration = StandardSchemaV1 | TopicOptions;

/**
 * A declaration as the server uses it.
 *
 * @example
 * ```ts
 * const definition = topics.definitions.get("chat.*");
 * console.log(definition?.retention.maxAge);
 * ```
 */
export interface TopicDefinition {
  /** The name or pattern it was declared under. */
  readonly selection: string;
  readonly schema: StandardSchemaV1;
  readonly retention: Retention;
}

/**
 * Declared topics: what `defineTopics` returns.
 *
 * @example
 * ```ts
 * const topics: Topics = defineTopics({ "orders.created": z.object({ total: z.number() }) });
 * ```
 */
export interface Topics<M extends TopicTypes = TopicTypes> {
  /** The declarations, by name or pattern. */
  readonly definitions: ReadonlyMap<string, TopicDefinition>;
  /** Carries the types; never set. */
  readonly "~types"?: M;
}

type SchemaOf<D> = D extends StandardSchemaV1 ? D : D extends TopicOptions<infer S> ? S : never;

/**
 * The types of a record of declarations.
 *
 * @example
 * ```ts
 * type Types = DeclaredTypes<{ "orders.created": typeof orderSchema }>;
 * ```
 */
export type DeclaredTypes<D> = {
  readonly [K in keyof D & string]: TopicType<
    StandardSchemaV1.InferInput<SchemaOf<D[K]>>,
    StandardSchemaV1.InferOutput<SchemaOf<D[K]>>
  >;
};

/**
 * Declares topics with schemas. A key is a topic's name or a pattern (`*` is one token, a final `>`
 * one or more); an exact name goes before a pattern. Runs in browsers too: share the module between
 * server and apps, or only its type.
 *
 * @param declarations - by name or pattern: a Standard Schema, or `{ schema, retention }`
 * @returns the topics, to pass to `startServer`, and by `typeof` to `createClient`
 * @throws TypeError when a key is no name or pattern, patterns overlap, or a retention is malformed
 * @example
 * ```ts
 * export const topics = defineTopics({
 *   "orders.created": z.object({ id: z.string(), total: z.number() }),
 *   "chat.*": { schema: z.object({ text: z.string() }), retention: { maxEvents: 10_000, maxAge: "7d" } },
 * });
 * ```
 */
export function defineTopics<const D extends Readonly<Record<string, TopicDeclaration>>>(
  declarations: D,
): Topics<DeclaredTypes<D>> {
  const definitions = new Map<string, TopicDefinition>();
  for (const [selection, declaration] of Object.entries(declarations)) {
    if (!isTopicSelection(selection)) {
      throw new TypeError(
        `"${selection}" is not a topic name or pattern: use tokens of A-Z a-z 0-9 _ ~ - joined by dots; * is one token, a final > one or more`,
      );
    }
    definitions.set(selection, defineTopic(selection, declaration));
  }
  refuseOverlaps([...definitions.keys()].filter(isPattern));
  return { definitions };
}

function defineTopic(selection: string, declaration: TopicDeclaration): TopicDefinition {
  // Where no types were checked, anything may have been given.
  const given = declaration as TopicDeclaration | undefined | null;
  const schema = isSchema(given) ? given : given?.schema;
  if (typeof schema?.["~standard"]?.validate !== "function") {
    throw new TypeError(
      `Topic "${selection}" has no schema: give a Standard Schema, such as z.object({...})`,
    );
  }
  const retention = isSchema(declaration) ? undefined : declaration.retention;
  return { selection, schema, retention: parseRetention(retention ?? {}, `retention of "${selection}"`) };
}

function isSchema(declaration: TopicDeclaration | undefined | null): declaration is StandardSchemaV1 {
  const isHolder = typeof declaration === "object" || typeof declaration === "function";
  return isHolder && declaration !== null && "~standard" in declaration;
}

function refuseOverlaps(patterns: readonly string[]): void {
  for (const [index, pattern] of patterns.entries()) {
    const other = patterns.slice(0, index).find((earlier) => selectionsOverlap(earlier, pattern));
    if (other !== undefined) {
      throw new TypeError(
        `Patterns "${other}" and "${pattern}" overlap, so a topic could have two schemas: narrow one, or declare the names that both match`,
      );
    }
  }
}
