import { Validator, type OutputUnit } from "@cfworker/json-schema";
import type { DataIssue, JsonSchema } from "@rtmsg/client";

/** Holds data against a topic's schema, as far as JSON Schema says it; the broker has the last word. */
export class SchemaCheck {
  readonly #validator: Validator;

  constructor(schema: JsonSchema) {
    this.#validator = new Validator(schema, "2020-12", false);
  }

  /** What is wrong, the innermost reasons only. */
  issues(data: unknown): DataIssue[] {
    const { errors } = this.#validator.validate(data);
    const reasons = errors.filter((error) => !hasReason(error, errors));
    const issues = reasons.map((error): DataIssue => {
      const path = pathOf(error.instanceLocation);
      const missing = error.keyword === "required" ? /"([^"]+)"/.exec(error.error)?.[1] : undefined;
      return missing === undefined
        ? { path, message: wordsFor(error) }
        : { path: [...path, missing], message: "It is required, and missing" };
    });
    return issues.filter(
      ({ path }, index) => issues.findIndex((other) => other.path.join("/") === path.join("/")) === index,
    );
  }
}

/** Whether another error says why this one is: it is about the same place or one within, by a longer way. */
function hasReason(error: OutputUnit, all: readonly OutputUnit[]): boolean {
  return all.some(
    (other) => other !== error && other.keywordLocation.startsWith(`${error.keywordLocation}/`),
  );
}

function pathOf(pointer: string): (string | number)[] {
  const steps = pointer.replace(/^#\/?/, "").split("/");
  return steps
    .filter((step) => step !== "")
    .map((step) => {
      const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
      return /^\d+$/.test(name) ? Number(name) : name;
    });
}

const TYPE_WORDS = /^Instance type "(\w+)" is invalid\. Expected "(.+)"\.$/;

const BOUNDS: Readonly<Record<string, string>> = {
  minimum: "at least",
  maximum: "at most",
  exclusiveMinimum: "more than",
  exclusiveMaximum: "less than",
};

function wordsFor({ error, keyword }: OutputUnit): string {
  const bound = / than (?:or equal to )?([-+.\de]+?)\.?$/.exec(error)?.[1];
  const relation = BOUNDS[keyword];
  if (bound !== undefined && relation !== undefined) return `It must be ${relation} ${bound}`;
  const types = TYPE_WORDS.exec(error);
  if (types !== null)
    return `It is of type ${types[1]}, and should be ${types[2]?.replaceAll('", "', " or ")}`;
  return error
    .replace(/^Instance /, "It ")
    .replace(/^String /, "The text ")
    .replace(/\.$/, "");
}
