import type { JsonSchema } from "@rtmsg/client";
import { alternatives, resolve, typeOf, type SchemaNode } from "./json-schema.js";

/**
 * Makes of JSON what the schema wants: a text that it marks as a `Date` becomes one, and so do big integers, maps
 * and sets. What does not fit stays as it is, for the broker to refuse with its own words.
 */
export function toMarkedTypes(data: unknown, schema: JsonSchema | null): unknown {
  return schema === null ? data : convert(data, schema, schema);
}

function convert(value: unknown, given: SchemaNode, root: JsonSchema): unknown {
  const node = resolve(given, root);
  const mark = node["x-rtmsg-type"];
  if (mark !== undefined) return toMarked(value, mark, node, root);
  const fitting = alternatives(node).find((one) => fits(value, resolve(one, root)));
  if (fitting !== undefined) return convert(value, fitting, root);
  if (node.allOf !== undefined) return node.allOf.reduce((made, part) => convert(made, part, root), value);
  if (Array.isArray(value)) return convertItems(value, node, root);
  if (typeof value !== "object" || value === null) return value;
  const { properties = {}, additionalProperties } = node;
  const others = typeof additionalProperties === "object" ? additionalProperties : {};
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const part = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return [name, convert(one, part ?? others, root)];
    }),
  );
}

function convertItems(value: readonly unknown[], node: SchemaNode, root: JsonSchema): unknown[] {
  const others = typeof node.items === "object" ? node.items : {};
  return value.map((one, index) => convert(one, node.prefixItems?.[index] ?? others, root));
}

function toMarked(value: unknown, mark: string, node: SchemaNode, root: JsonSchema): unknown {
  if (mark === "Date" && typeof value === "string") {
    const date = new Date(value);
    return Number.isNaN(date.getTime()) ? value : date;
  }
  if (mark === "bigint" && typeof value === "string" && /^-?\d+$/.test(value)) return BigInt(value);
  if (mark === "NaN" && value === "NaN") return Number.NaN;
  if (mark === "undefined" && value === null) return undefined;
  if (!Array.isArray(value)) return value;
  const items = convertItems(value, node, root);
  if (mark === "Set") return new Set(items);
  const isMap = mark === "Map" && items.every((item) => Array.isArray(item) && item.length === 2);
  return isMap ? new Map(items as [unknown, unknown][]) : value;
}

/** Whether a value has the form that an alternative is about. */
function fits(value: unknown, node: SchemaNode): boolean {
  if (node.const !== undefined) return node.const === value;
  const type = typeOf(node);
  switch (type) {
    case undefined:
      return true;
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "integer":
      return typeof value === "number";
    case "object":
      return isObject(value) && hasItsConstants(value, node);
    default:
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Of several forms of an object a constant field tells which it is. */
function hasItsConstants(value: Readonly<Record<string, unknown>>, { properties = {} }: SchemaNode): boolean {
  return Object.entries(properties).every(
    ([name, part]) => part.const === undefined || value[name] === part.const,
  );
}
