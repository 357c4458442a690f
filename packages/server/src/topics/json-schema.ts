import type { StandardSchemaV1 } from "@standard-schema/spec";
import { z } from "zod";
import type { JsonSchema } from "../protocol/topic-info.js";

/** Types that JSON Schema has no word for and superjson carries: what stands in, by zod's name. */
const SUPERJSON_TYPES: Readonly<
  Record<string, { readonly type: string; readonly mark: string; readonly format?: string }>
> = {
  date: { type: "string", format: "date-time", mark: "Date" },
  bigint: { type: "string", mark: "bigint" },
  undefined: { type: "null", mark: "undefined" },
  void: { type: "null", mark: "undefined" },
  nan: { type: "string", mark: "NaN" },
};

/**
 * Describes a topic's data as JSON Schema. Types that only superjson carries are described by their
 * JSON half and marked with `x-rtmsg-type`.
 *
 * @param schema - zod's schemas are described; of other libraries those that implement the
 *   Standard JSON Schema interface
 * @param side - the data as producers give it, or as subscribers get it
 * @returns null when the schema cannot be described
 */
export function describeSchema(schema: StandardSchemaV1, side: "input" | "output"): JsonSchema | null {
  return tryToDescribe(schema, side).schema;
}

/** A schema's description, or why there is none. */
export type SchemaDescription =
  | { readonly schema: JsonSchema; readonly problem: null }
  | { readonly schema: null; readonly problem: string };

/**
 * Describes a topic's data as {@link describeSchema} does, and says why where it cannot be described.
 *
 * @param schema - as for `describeSchema`
 * @param side - as for `describeSchema`
 */
export function tryToDescribe(schema: StandardSchemaV1, side: "input" | "output"): SchemaDescription {
  try {
    const described =
      schema instanceof z.core.$ZodType ? describeZod(schema, side) : describeStandard(schema, side);
    if (described !== null) return { schema: described, problem: null };
    return { schema: null, problem: `${schema["~standard"].vendor} schemas say nothing of their form` };
  } catch (error) {
    // A schema may hold what has no description: a transform, a custom check.
    return { schema: null, problem: error instanceof Error ? error.message : String(error) };
  }
}

function describeZod(schema: z.core.$ZodType, side: "input" | "output"): JsonSchema {
  const described = z.toJSONSchema(schema, {
    io: side,
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema, path }) => {
      const def = zodSchema._zod.def;
      const known = Object.hasOwn(SUPERJSON_TYPES, def.type) ? SUPERJSON_TYPES[def.type] : undefined;
      if (known !== undefined) {
        jsonSchema.type = known.type as "string";
        if (known.format !== undefined) jsonSchema.format = known.format;
        jsonSchema["x-rtmsg-type"] = known.mark;
      } else if (def.type === "map" || def.type === "set") {
        describeCollection(zodSchema as z.core.$ZodMap | z.core.$ZodSet, jsonSchema, side);
      } else if (def.type === "optional") {
        describeOptional(jsonSchema, path);
      } else if (UNDESCRIBABLE.has(def.type) || isLiteralWithoutJson(def)) {
        throw new TypeError(`${def.type}${describePath(path)} has no JSON Schema`);
      }
    },
  });
  return described;
}

const UNDESCRIBABLE: ReadonlySet<string> = new Set([
  "custom",
  "transform",
  "symbol",
  "function",
  "promise",
  "file",
]);

function isLiteralWithoutJson(def: z.core.$ZodTypeDef): boolean {
  if (def.type !== "literal") return false;
  const { values } = def as z.core.$ZodLiteralDef<z.core.util.Literal>;
  return values.some((value) => typeof value === "bigint" || value === undefined);
}

/** Where something is in the data: `.items[].at`. */
function describePath(path: readonly (string | number)[]): string {
  const names = path.map((step, index) => {
    if (path[index - 1] === "properties") return `.${step}`;
    return step === "items" ? "[]" : "";
  });
  const text = names.join("");
  return text === "" ? "" : ` at ${text}`;
}

/** What may be left out of an object or a tuple is said there; elsewhere it may be undefined. */
function describeOptional(jsonSchema: Record<string, unknown>, path: readonly (string | number)[]): void {
  const place = path.at(-2);
  if (place === "properties" || place === "prefixItems") return;
  const described = { ...jsonSchema };
  for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
  jsonSchema["anyOf"] = [described, { type: "null", "x-rtmsg-type": "undefined" }];
}

function describeCollection(
  schema: z.core.$ZodMap | z.core.$ZodSet,
  jsonSchema: Record<string, unknown>,
  side: "input" | "output",
): void {
  const def = schema._zod.def;
  jsonSchema["type"] = "array";
  jsonSchema["x-rtmsg-type"] = def.type === "map" ? "Map" : "Set";
  jsonSchema["items"] =
    def.type === "map"
      ? {
          type: "array",
          prefixItems: [describeZod(def.keyType, side), describeZod(def.valueType, side)],
          items: false,
        }
      : describeZod(def.valueType, side);
}

/** The Standard JSON Schema interface, which a schema library may implement beside validation. */
interface StandardJsonSchema {
  readonly jsonSchema?: Readonly<
    Record<"input" | "output", (options: { target: string }) => Record<string, unknown>>
  >;
}

function describeStandard(schema: StandardSchemaV1, side: "input" | "output"): JsonSchema | null {
  const { jsonSchema } = schema["~standard"] as StandardSchemaV1.Props & StandardJsonSchema;
  return jsonSchema === undefined ? null : jsonSchema[side]({ target: "draft-2020-12" });
}
