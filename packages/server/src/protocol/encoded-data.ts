import superjson, { type SuperJSONResult } from "superjson";
import { RtmsgError } from "./error.js";
import { LIMITS } from "./limits.js";

/** The two halves of a value in superjson's format, as JSON text. */
export interface EncodedData {
  /** The JSON half: what clients without superjson read. */
  readonly json: string;
  /** What brings Date, bigint and the like back; absent where plain JSON says it all. */
  readonly meta?: string;
}

/** What a walk over a value found. */
type Shape = "plain" | "special" | "deep";

/**
 * Encodes a value in superjson's format. Values that plain JSON can carry bypass superjson, which
 * would cost several times the rest of a produce.
 *
 * @throws RtmsgError `DATA_INVALID` when the value cannot be encoded: a function, a key such as
 *   `__proto__` or `constructor`, or nesting past the limit
 */
export function encodeData(value: unknown): EncodedData {
  const shape = shapeOf(value, 0);
  if (shape === "plain") return { json: JSON.stringify(value) };
  try {
    // A value that is too deep may also be circular, which superjson can carry.
    const { json, meta } = superjson.serialize(value);
    if (shape === "deep" && shapeOf(json, 0) === "deep") throw tooDeep();
    const text = JSON.stringify(json);
    if (text === undefined) throw new TypeError(`a ${typeof value} has no JSON form`);
    return meta === undefined ? { json: text } : { json: text, meta: JSON.stringify(meta) };
  } catch (cause) {
    if (cause instanceof RtmsgError) throw cause;
    if (cause instanceof RangeError) throw tooDeep();
    throw new RtmsgError("DATA_INVALID", `Data cannot be encoded: ${messageOf(cause)}`, {}, { cause });
  }
}

/** Brings back what {@link encodeData} encoded. */
export function decodeData(encoded: EncodedData): unknown {
  const json: unknown = JSON.parse(encoded.json);
  if (encoded.meta === undefined) return json;
  const meta = JSON.parse(encoded.meta) as NonNullable<SuperJSONResult["meta"]>;
  return superjson.deserialize({ json: json as SuperJSONResult["json"], meta }, { inPlace: true });
}

/** Whether plain JSON can carry a value as it is. */
export function isPlainJson(value: unknown): boolean {
  return shapeOf(value, 0) === "plain";
}

function tooDeep(): RtmsgError {
  return new RtmsgError(
    "DATA_INVALID",
    `Data is nested deeper than the limit of ${LIMITS.dataDepth} levels: flatten it`,
  );
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function shapeOf(value: unknown, depth: number): Shape {
  switch (typeof value) {
    case "string":
    case "boolean":
      return "plain";
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? "plain" : "special";
    case "object":
      break;
    default:
      return "special";
  }
  if (value === null) return "plain";
  if (depth >= LIMITS.dataDepth) return "deep";
  if (Array.isArray(value)) {
    for (const element of value as unknown[]) {
      const shape = shapeOf(element, depth + 1);
      if (shape !== "plain") return shape;
    }
    return "plain";
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (
    (prototype !== Object.prototype && prototype !== null) ||
    Object.getOwnPropertySymbols(value).length > 0
  ) {
    return "special";
  }
  for (const key of Object.keys(value)) {
    // superjson refuses these keys; it says so itself.
    if (key === "__proto__" || key === "constructor" || key === "prototype") return "special";
    const shape = shapeOf((value as Record<string, unknown>)[key], depth + 1);
    if (shape !== "plain") return shape;
  }
  return "plain";
}
