import type { JsonSchema } from "@rtmsg/client";

/** A part of a JSON Schema, as the console looks at it. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: boolean | SchemaNode;
  readonly prefixItems?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
  /** What superjson makes of it. */
  readonly "x-rtmsg-type"?: string;
}

/** References that are followed one after the other: a schema may refer to itself. */
const MAX_REFERENCES = 16;

/** The schema that a reference of `root` means; the node itself where it is none. */
export function resolve(node: SchemaNode, root: JsonSchema): SchemaNode {
  let found = node;
  for (let step = 0; found.$ref?.startsWith("#") === true && step < MAX_REFERENCES; step++) {
    let target: unknown = root;
    for (const part of found.$ref
      .slice(1)
      .split("/")
      .filter((text) => text !== "")) {
      const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
      target = typeof target === "object" && target !== null ? (target as Record<string, unknown>)[name] : {};
    }
    found = target ?? {};
  }
  return found;
}

/** The one of `anyOf` or `oneOf` that says most: null and undefined say least. */
export function alternatives(node: SchemaNode): readonly SchemaNode[] {
  const all = node.anyOf ?? node.oneOf ?? [];
  return all.toSorted((one, other) => Number(one.type === "null") - Number(other.type === "null"));
}

/** The first of the types. */
export function typeOf(node: SchemaNode): string | undefined {
  if (typeof node.type === "string") return node.type;
  if (node.type !== undefined) return node.type.find((type) => type !== "null");
  if (node.properties !== undefined) return "object";
  return node.items !== undefined || node.prefixItems !== undefined ? "array" : undefined;
}
