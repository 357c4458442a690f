import superjson from "superjson";
import { RtmsgError } from "./error.js";
import { LIMITS } from "./limits.js";
import { decodeSuperjson } from "./superjson-decoding.js";

/** The two halves of a value in superjson's format, as JSON text. */
export interface EncodedData {
  /** The JSON half: what clients without superjson read. */
  readonly json: string;
  /** How many bytes it takes in UTF-8, where that is known without counting: all of it is ASCII then. */
  readonly jsonBytes?: number;
  /** What brings Date, bigint and the like back; absent where plain JSON says it all. */
  readonly meta?: string;
}

/** What a walk over a value found. */
type Shape = "plain" | "special" | "deep" | "large";

/** What a walk may still count, so that a small value which repeats its parts cannot keep it busy for ever. */
interface Budget {
  left: number;
}

/** A text that JSON writes as it is, and in as many bytes as it has characters. */
const PLAIN_ASCII = /^[ !#-[\]-~]*$/;

/** Characters that JSON writes otherwise, or may: surrogates that are alone. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** The typed arrays that superjson brings back. */
const TYPED_ARRAYS =
  /"typed-array","(?!(?:Int8|Uint8|Uint8Clamped|Int16|Uint16|Int32|Uint32|Float32|Float64)Array")/;

/**
 * Encodes a value in superjson's format. Values that plain JSON can carry bypass superjson, which
 * would cost several times the rest of a produce.
 *
 * @param value - what to encode
 * @param maxBytes - gives up on a value that is certainly larger; one that is a little larger may pass
 * @param maxDepth - deepest nesting, in levels
 * @throws RtmsgError `DATA_INVALID` when the value cannot be encoded: a function, a class that superjson
 *   does not know, a key such as `__proto__` or `constructor`, or nesting past the limit;
 *   `EVENT_TOO_LARGE`
 */
export function encodeData(
  value: unknown,
  maxBytes: number = LIMITS.frameBytes,
  maxDepth: number = LIMITS.dataDepth,
): EncodedData {
  if (typeof value === "string" && value.length + 2 <= maxBytes && PLAIN_ASCII.test(value))
    return { json: `"${value}"`, jsonBytes: value.length + 2 };
  const shape = shapeOf(value, maxDepth, { left: maxBytes });
  if (shape === "plain") return { json: jsonOf(value) };
  if (shape === "large") throw tooLarge(maxBytes);
  try {
    // A value that is too deep may also be circular, which superjson can carry.
    const { json, meta } = superjson.serialize(value);
    refuseUnencodable(shapeOf(json, maxDepth, { left: maxBytes }), maxBytes, maxDepth);
    const text = JSON.stringify(json);
    if (meta === undefined) return { json: text };
    const metaText = JSON.stringify(meta);
    if (TYPED_ARRAYS.test(metaText)) throw new TypeError("it holds a Buffer or an unknown typed array");
    if (text.length > LIMITS.bigintDigits && metaText.includes('"bigint"')) refuseUnreadable(text, metaText);
    return { json: text, meta: metaText };
  } catch (cause) {
    if (cause instanceof RtmsgError) throw cause;
    if (cause instanceof RangeError) throw tooDeep(maxDepth);
    throw new RtmsgError("DATA_INVALID", `Data cannot be encoded: ${messageOf(cause)}`, {}, { cause });
  }
}

/** Most texts are their own JSON between quotes; that takes a third of the time off, and makes half the garbage. */
function jsonOf(value: unknown): string {
  return typeof value === "string" && !ESCAPED.test(value) ? `"${value}"` : JSON.stringify(value);
}

/** What superjson leaves as it is must be plain: it passes over what it does not know. */
function refuseUnencodable(shape: Shape, maxBytes: number, maxDepth: number): void {
  if (shape === "deep") throw tooDeep(maxDepth);
  if (shape === "large") throw tooLarge(maxBytes);
  if (shape === "special") {
    throw new TypeError(
      "it holds a function, a symbol, an invalid Date, a hole in an array, or an instance of a class",
    );
  }
}

/** What readers would refuse is refused before it is stored. */
function refuseUnreadable(json: string, meta: string): void {
  try {
    decodeSuperjson(JSON.parse(json), JSON.parse(meta));
  } catch (cause) {
    throw new TypeError(`readers would refuse it: ${messageOf(cause)}`, { cause });
  }
}

/** Brings back what {@link encodeData} encoded. */
export function decodeData(encoded: EncodedData): unknown {
  const json: unknown = JSON.parse(encoded.json);
  if (encoded.meta === undefined) return json;
  return decodeSuperjson(json, JSON.parse(encoded.meta));
}

/** Whether plain JSON can carry a value as it is. */
export function isPlainJson(value: unknown): boolean {
  return shapeOf(value, LIMITS.dataDepth, { left: LIMITS.frameBytes }) === "plain";
}

function tooLarge(limit: number): RtmsgError<"EVENT_TOO_LARGE"> {
  return new RtmsgError(
    "EVENT_TOO_LARGE",
    `Event is over the limit of ${limit} bytes: split it, or raise limits.eventBytes`,
    { limit },
  );
}

function tooDeep(limit: number): RtmsgError {
  return new RtmsgError(
    "DATA_INVALID",
    `Data is nested deeper than the limit of ${limit} levels: flatten it`,
  );
}

function messageOf(cause: unknown): string {
  const key = cause instanceof Error ? /^Detected property (\w+)/.exec(cause.message)?.[1] : undefined;
  if (key !== undefined) return `the key "${key}" could change how objects work, so rename it`;
  return cause instanceof Error ? cause.message : String(cause);
}

function shapeOf(value: unknown, levels: number, budget: Budget): Shape {
  // Every value takes a byte at least, and a text one for each of its characters.
  budget.left -= typeof value === "string" ? value.length + 2 : 1;
  if (budget.left < 0) return "large";
  switch (typeof value) {
    case "string":
    case "boolean":
      return "plain";
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? "plain" : "special";
    case "object":
      return value === null ? "plain" : shapeOfObject(value, levels, budget);
    default:
      return "special";
  }
}

function shapeOfObject(value: object, levels: number, budget: Budget): Shape {
  if (levels <= 0) return "deep";
  if (Array.isArray(value)) {
    for (const element of value as unknown[]) {
      const shape = shapeOf(element, levels - 1, budget);
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
    budget.left -= key.length + 3;
    const shape = shapeOf((value as Record<string, unknown>)[key], levels - 1, budget);
    if (shape !== "plain") return shape;
  }
  return "plain";
}
