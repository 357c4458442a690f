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
  try {
    return schema instanceof z.core.$ZodType ? describeZod(schema, side) : describeStandard(schema, side);
  } catch {
    // A schema may hold what has no description (a transform, a custom check): null says so.
    return null;
  }
}

function describeZod(schema: z.core.$ZodType, side: "input" | "output"): JsonSchema {
  const described = z.toJSONSchema(schema, {
    io: side,
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const def = zodSchema._zod.def;
      const known = Object.hasOwn(SUPERJSON_TYPES, def.type) ? SUPERJSON_TYPES[def.type] : undefined;
      if (known !== undefined) {
        jsonSchema.type = known.type as "string";
        if (known.format !== undefined) jsonSchema.format = known.format;
        jsonSchema["x-rtmsg-type"] = known.mark;
      } else if (def.type === "map" || def.type === "set") {
        describeCollection(zodSchema as z.core.$ZodMap | z.core.$ZodSet, jsonSchema, side);
      } else if (UNDESCRIBABLE.has(def.type)) {
        throw new TypeError(`${def.type} has no JSON Schema`);
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
