import type { JsonSchema } from "@rtmsg/client";

/** The names of a schema's fields, which say what a topic is about. */
export function fieldNames(schema: JsonSchema): string {
  const { properties, type } = schema as { properties?: Record<string, unknown>; type?: string };
  return properties === undefined ? (type ?? "Declared") : Object.keys(properties).join(", ");
}
