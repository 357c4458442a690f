import type { JsonSchema } from "@rtmsg/server/protocol";
import { objectType, type Place } from "./object-type.js";
import type { TypeNames } from "./type-names.js";
import { intersection, NEVER, operand, alone, single, union, UNKNOWN, type TypeText } from "./type-text.js";

/** A schema that others refer to, and so has a name. */
interface NamedSchema {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly root: JsonSchema;
}

/**
 * Writes JSON Schemas (draft 2020-12, as zod and other libraries describe data) as TypeScript's types.
 * What cannot be expressed becomes wider, never narrower.
 */
export class SchemaTypes {
  readonly #names: TypeNames;
  readonly #named = new Map<JsonSchema, NamedSchema>();
  /** Named, and not asked for yet. */
  readonly #pending: NamedSchema[] = [];

  constructor(names: TypeNames) {
    this.#names = names;
  }

  /**
   * The type of a description.
   *
   * @param schema - the whole description
   * @param name - the name that the type will have
   */
  typeOf(schema: JsonSchema, name: string): TypeText {
    this.#named.set(schema, { name, schema, root: schema });
    return this.write(schema, { root: schema, indent: "", base: name });
  }

  /** Types that were referred to and have not been returned yet. */
  *referred(): Generator<{ readonly name: string; readonly schema: JsonSchema; readonly type: TypeText }> {
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      const { name, schema, root } = next;
      yield { name, schema, type: this.write(schema, { root, indent: "", base: name }) };
    }
  }

  /** The type of a part of a description. */
  write(part: unknown, place: Place): TypeText {
    if (part === false) return NEVER;
    if (!isSchema(part)) return UNKNOWN;
    const schema = part;
    const here = "$schema" in schema && schema !== place.root ? { ...place, root: schema } : place;
    if (typeof schema["$ref"] === "string") return this.#refer(schema["$ref"], here);
    const mark = schema["x-rtmsg-type"];
    if (typeof mark === "string") return this.#marked(mark, schema, here);
    if ("const" in schema) return literal(schema["const"]);
    if (Array.isArray(schema["enum"])) return union(schema["enum"].map(literal));
    const branches = [schema["anyOf"], schema["oneOf"]].filter(Array.isArray) as unknown[][];
    const parts = [
      ...branches.map((options) => union(options.map((option) => this.write(option, here)))),
      ...(Array.isArray(schema["allOf"]) ? schema["allOf"].map((each) => this.write(each, here)) : []),
    ];
    return intersection([...parts, this.#typed(schema, here)]);
  }

  #typed(schema: JsonSchema, place: Place): TypeText {
    const { type } = schema;
    if (Array.isArray(type)) return union(type.map((each) => this.#typed({ ...schema, type: each }, place)));
    switch (type) {
      case "string":
      case "boolean":
      case "null":
        return single(type);
      case "number":
      case "integer":
        return single("number");
      case "array":
        return this.#array(schema, place);
      case "object":
        return objectType(schema, place, (part, at) => this.write(part, at));
      case undefined:
        if (isSchema(schema["not"]) && Object.keys(schema["not"]).length === 0) return NEVER;
        return isSchema(schema["properties"]) ? this.#typed({ ...schema, type: "object" }, place) : UNKNOWN;
      default:
        return UNKNOWN;
    }
  }

  #array(schema: JsonSchema, place: Place): TypeText {
    const { prefixItems, items, readOnly } = schema;
    const rest = items === undefined ? UNKNOWN : this.write(items, place);
    const readonly = readOnly === true ? "readonly " : "";
    if (!Array.isArray(prefixItems)) return single(`${readonly}${operand(rest)}[]`);
    const required = typeof schema["minItems"] === "number" ? schema["minItems"] : prefixItems.length;
    const elements = prefixItems.map((item: unknown, index) => {
      const type = this.write(item, place);
      return index < required ? alone(type) : `${operand(union([type, single("undefined")]))}?`;
    });
    if (items !== false && rest !== NEVER) elements.push(`...${operand(rest)}[]`);
    return single(`${readonly}[${elements.join(", ")}]`);
  }

  #marked(mark: string, schema: JsonSchema, place: Place): TypeText {
    const readonly = schema["readOnly"] === true ? "Readonly" : "";
    switch (mark) {
      case "Date":
      case "bigint":
      case "undefined":
        return single(mark);
      case "NaN":
        return single("number");
      case "Set":
        return single(`${readonly}Set<${alone(this.write(schema["items"], place))}>`);
      case "Map": {
        const entry = isSchema(schema["items"]) ? schema["items"]["prefixItems"] : undefined;
        const [key, value] = (Array.isArray(entry) ? entry : []) as unknown[];
        const types = [key, value].map((part) => alone(this.write(part, place)));
        return single(`${readonly}Map<${types.join(", ")}>`);
      }
      default:
        // A newer server's.
        return UNKNOWN;
    }
  }

  #refer(reference: string, place: Place): TypeText {
    const target = resolve(reference, place.root);
    if (target === undefined) return UNKNOWN;
    let named = this.#named.get(target);
    if (named === undefined) {
      const last = reference.split("/").at(-1) ?? "";
      const name = this.#names.take(`${place.base}.${last === "#" ? "Node" : last}`);
      named = { name, schema: target, root: place.root };
      this.#named.set(target, named);
      this.#pending.push(named);
    }
    return single(named.name);
  }
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The schema that a JSON pointer within the description leads to. */
function resolve(reference: string, root: JsonSchema): JsonSchema | undefined {
  if (!reference.startsWith("#")) return undefined;
  const steps = reference.slice(1).split("/").slice(1);
  let found: unknown = root;
  for (const step of steps) {
    if (typeof found !== "object" || found === null) return undefined;
    const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return isSchema(found) ? found : undefined;
}

function literal(value: unknown): TypeText {
  const isPrimitive = value === null || ["string", "number", "boolean"].includes(typeof value);
  return isPrimitive ? single(JSON.stringify(value)) : UNKNOWN;
}
