import type { StandardSchemaV1 } from "@standard-schema/spec";
import { z } from "zod";

type Result = StandardSchemaV1.Result<unknown>;

/**
 * Validates data with a topic's schema.
 *
 * Zod's own entry for this tries a schema without waiting first, and runs it again where it turns out
 * to be asynchronous: the app's checks are called twice, and the promise of the first call is dropped,
 * so that its rejection would end the process. A zod schema that holds functions of the app is
 * therefore run in the way that may wait, from the start.
 */
export function validate(schema: StandardSchemaV1, data: unknown): Result | Promise<Result> {
  if (!(schema instanceof z.core.$ZodType) || !mayWait(schema)) return schema["~standard"].validate(data);
  const payload = schema._zod.run({ value: data, issues: [] }, { async: true });
  return payload instanceof Promise ? payload.then(resultOf) : resultOf(payload);
}

function resultOf({ value, issues }: z.core.ParsePayload): Result {
  if (issues.length === 0) return { value };
  const config = z.core.config();
  return { issues: issues.map((issue) => z.core.util.finalizeIssue(issue, { async: true }, config)) };
}

const known = new WeakMap<z.core.$ZodType, boolean>();

/** Whether a schema holds functions that may return promises. */
function mayWait(schema: z.core.$ZodType): boolean {
  let answer = known.get(schema);
  if (answer === undefined) {
    answer = holdsFunctions(schema, new Set());
    known.set(schema, answer);
  }
  return answer;
}

/** What zod takes functions of the app for. */
const TYPES_WITH_FUNCTIONS: ReadonlySet<string> = new Set([
  "custom",
  "transform",
  "promise",
  "function",
  "lazy",
]);

function holdsFunctions(part: unknown, seen: Set<unknown>): boolean {
  if (typeof part !== "object" || part === null || seen.has(part)) return false;
  seen.add(part);
  if (part instanceof z.core.$ZodType) {
    return TYPES_WITH_FUNCTIONS.has(part._zod.def.type) || holdsFunctions(part._zod.def, seen);
  }
  if (part instanceof z.core.$ZodCheck) {
    return part._zod.def.check === "custom" || holdsFunctions(part._zod.def, seen);
  }
  // Of a codec; in other definitions a function is zod's own, or is not waited for.
  if ("transform" in part || "reverseTransform" in part) return true;
  return Object.values(part).some((inner) => holdsFunctions(inner, seen));
}
