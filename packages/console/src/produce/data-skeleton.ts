import type { JsonSchema } from "@rtmsg/client";
import { alternatives, resolve, typeOf, type SchemaNode } from "./json-schema.js";

/** How deep an example goes: a schema may refer to itself. */
const MAX_DEPTH = 6;

/**
 * Data to start from: the schema's own example, or what has every field that must be there, with the simplest
 * values that the schema lets in.
 */
export function skeletonOf(schema: JsonSchema | null): unknown {
  return schema === null ? { hello: "world" } : example(schema, schema, 0);
}

function example(given: SchemaNode, root: JsonSchema, depth: number): unknown {
  const node = resolve(given, root);
  if (node.examples !== undefined && node.examples.length > 0) return node.examples[0];
  if (node.default !== undefined) return node.default;
  if (node.const !== undefined) return node.const;
  if (node.enum !== undefined) return node.enum[0];
  const [first] = alternatives(node);
  if (first !== undefined) return example(first, root, depth);
  if (node.allOf !== undefined) {
    const parts = node.allOf.map((part) => example(part, root, depth));
    return Object.assign({}, ...parts) as unknown;
  }
  switch (typeOf(node)) {
    case "object":
      return depth >= MAX_DEPTH ? {} : exampleObject(node, root, depth);
    case "array":
      return depth >= MAX_DEPTH ? [] : exampleArray(node, root, depth);
    case "string":
      return exampleText(node);
    case "integer":
    case "number":
      return exampleNumber(node);
    case "boolean":
      return false;
    case undefined:
      return {};
    default:
      return null;
  }
}

function exampleObject(node: SchemaNode, root: JsonSchema, depth: number): Record<string, unknown> {
  const required = new Set(node.required);
  const names = Object.keys(node.properties ?? {}).filter((name) => required.has(name));
  return Object.fromEntries(
    names.map((name) => [name, example(node.properties?.[name] ?? {}, root, depth + 1)]),
  );
}

function exampleArray(node: SchemaNode, root: JsonSchema, depth: number): unknown[] {
  if (node.prefixItems !== undefined) return node.prefixItems.map((item) => example(item, root, depth + 1));
  const { items } = node;
  const length = node.minItems ?? 0;
  return typeof items === "object" ? Array.from({ length }, () => example(items, root, depth + 1)) : [];
}

function exampleText({ format, minLength = 0 }: SchemaNode): string {
  const known = format === undefined ? undefined : FORMATS[format]?.();
  return known ?? "text".repeat(Math.ceil(minLength / 4)).slice(0, minLength);
}

const FORMATS: Readonly<Record<string, () => string>> = {
  "date-time": () => new Date().toISOString(),
  date: () => new Date().toISOString().slice(0, 10),
  time: () => new Date().toISOString().slice(11, 19),
  email: () => "someone@example.com",
  uuid: () => randomUuid(),
  uri: () => "https://example.com/",
  url: () => "https://example.com/",
  ipv4: () => "192.0.2.1",
  ipv6: () => "2001:db8::1",
};

/** `crypto.randomUUID` is only for pages that came safely. */
function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function exampleNumber(node: SchemaNode): number {
  const step = node.multipleOf ?? 1;
  const least = node.minimum ?? (node.exclusiveMinimum === undefined ? 0 : node.exclusiveMinimum + step);
  const most =
    node.maximum ?? (node.exclusiveMaximum === undefined ? undefined : node.exclusiveMaximum - step);
  // zod says of every integer that it is a safe one.
  if (least <= Number.MIN_SAFE_INTEGER) return Math.min(0, most ?? 0);
  return most === undefined ? least : Math.min(least, most);
}
