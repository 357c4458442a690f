import type { JsonSchema } from "@rtmsg/server/protocol";
import { annotations, docComment } from "./doc-comment.js";
import { alone, intersection, propertyName, single, union, UNKNOWN, type TypeText } from "./type-text.js";

/** Where a schema stands: what its references are relative to, and how far it is indented. */
export interface Place {
  readonly root: JsonSchema;
  readonly indent: string;
  /** What names of types within it begin with. */
  readonly base: string;
}

/** Writes a part of a description. */
type Write = (part: unknown, place: Place) => TypeText;

/**
 * The type of an object.
 *
 * @param schema - of the type "object"
 * @param place - where it stands
 * @param write - writes what it holds
 */
export function objectType(schema: JsonSchema, place: Place, write: Write): TypeText {
  const properties = Object.entries((schema["properties"] ?? {}) as Readonly<Record<string, unknown>>);
  const type =
    properties.length === 0 ? recordType(schema, place, write) : shape(schema, properties, place, write);
  return schema["readOnly"] === true ? single(`Readonly<${alone(type)}>`) : type;
}

function shape(
  schema: JsonSchema,
  properties: readonly (readonly [string, unknown])[],
  place: Place,
  write: Write,
): TypeText {
  const required = new Set(Array.isArray(schema["required"]) ? (schema["required"] as string[]) : []);
  const within = { ...place, indent: `${place.indent}  ` };
  const others = rest(schema, within, write);
  const types = new Set<string>();
  const lines = properties.map(([name, part]) => {
    const type = write(part, within);
    types.add(alone(type));
    const isOptional = !required.has(name);
    const text = alone(isOptional ? union([type, single("undefined")]) : type);
    const doc = docComment(annotations(part as JsonSchema), within.indent);
    return `${doc}${within.indent}${propertyName(name)}${isOptional ? "?" : ""}: ${text};\n`;
  });
  const index = others === undefined ? "" : `[key: string]: ${alone(others)};\n`;
  const fits = others === UNKNOWN || (others !== undefined && types.size === 1 && types.has(alone(others)));
  if (fits) lines.push(`${within.indent}${index}`);
  const object = single(`{\n${lines.join("")}${place.indent}}`);
  if (others === undefined || fits) return object;
  return intersection([object, single(`{ ${index.trimEnd().slice(0, -1)} }`)]);
}

/** An object without properties of its own: a record, or one that is empty. */
function recordType(schema: JsonSchema, place: Place, write: Write): TypeText {
  const names = schema["propertyNames"] as JsonSchema | undefined;
  const keys = names?.["enum"] ?? (names !== undefined && "const" in names ? [names["const"]] : undefined);
  const values = rest(schema, place, write);
  if (Array.isArray(keys)) {
    const record = `Record<${keys.map((key) => JSON.stringify(key)).join(" | ")}, ${alone(values ?? UNKNOWN)}>`;
    return single(Array.isArray(schema["required"]) ? record : `Partial<${record}>`);
  }
  if (values !== undefined) return single(`{ [key: string]: ${alone(values)} }`);
  return single(schema["additionalProperties"] === false ? "Record<string, never>" : "Record<never, never>");
}

/** The type of properties that are not named; undefined where there are none, or nothing is said of them. */
function rest(schema: JsonSchema, place: Place, write: Write): TypeText | undefined {
  const others = schema["additionalProperties"];
  return others === undefined || others === false ? undefined : write(others, place);
}
