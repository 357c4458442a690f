import { usageError } from "./cli-error.js";

/**
 * Reads an event's data from the command line: JSON, or else text. What begins like an object, an
 * array or a string and is not JSON is a slip of the pen, which must not become an event.
 *
 * @param isText - take it as text, whatever it looks like
 * @throws CliError when it begins like JSON and is none
 */
export function readDataArgument(argument: string, isText: boolean): unknown {
  if (isText) return argument;
  try {
    return JSON.parse(argument);
  } catch (error) {
    if (!/^\s*[[{"]/.test(argument)) return argument;
    throw usageError(
      `DATA begins like JSON and is not (${reasonOf(error)}): correct it, or send it as text with --string`,
    );
  }
}

/**
 * Reads an event's id from its data.
 *
 * @param path - the field, such as `id` or `order.id`
 * @returns the id, or what is wrong with it
 */
export function readId(data: unknown, path: string): { readonly id: string } | { readonly problem: string } {
  let value = data;
  for (const name of path.split(".")) {
    const isObject = typeof value === "object" && value !== null && Object.hasOwn(value, name);
    value = isObject ? (value as Record<string, unknown>)[name] : undefined;
  }
  if (typeof value === "number" || (typeof value === "string" && value !== "")) return { id: String(value) };
  return { problem: `it has no text or number in the field "${path}" for its id` };
}

/** What a line of input holds: its data, or why it has none. */
export type LineData = { readonly data: unknown } | { readonly problem: string };

/** Reads an event's data from a line: JSON, or with `isText` the line itself. */
export function readDataLine(line: string, isText: boolean): LineData {
  if (isText) return { data: line };
  try {
    return { data: JSON.parse(line) };
  } catch (error) {
    return { problem: `it is not JSON (${reasonOf(error)}): use --string to send lines as text` };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
