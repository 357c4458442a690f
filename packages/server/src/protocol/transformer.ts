import superjson, { type SuperJSONResult } from "superjson";
import { isPlainJson } from "./encoded-data.js";
import { decodeSuperjson } from "./superjson-decoding.js";

/**
 * The transformer of every rtmsg connection: superjson's wire format, so that any client that uses
 * `superjson` fits, without superjson's cost where there is nothing for it to do. A value that
 * plain JSON can carry is not copied, and one without `meta` is taken as it was parsed.
 */
export const transformer = {
  serialize(value: unknown): SuperJSONResult {
    if (isPlainJson(value)) return { json: value as SuperJSONResult["json"] };
    return superjson.serialize(value);
  },
  deserialize(value: unknown): unknown {
    // Anything may arrive here; a call without input arrives as undefined.
    if (typeof value !== "object" || value === null) return undefined;
    const { json, meta } = value as SuperJSONResult;
    return meta === undefined ? json : decodeSuperjson(json, meta);
  },
};
