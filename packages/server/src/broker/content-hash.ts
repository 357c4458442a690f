import { hash } from "node:crypto";
import type { EncodedData } from "../protocol/encoded-data.js";
import type { ProduceInput } from "../protocol/inputs.js";

/**
 * Hashes what a producer sent, so that a retry with the same event id can be told from another
 * event: data as it was received, before a schema's defaults and transforms, key and headers.
 */
export function contentHash(
  received: EncodedData,
  { key, headers }: Pick<ProduceInput, "key" | "headers">,
): string {
  const names = headers === undefined ? [] : Object.keys(headers).toSorted();
  const rest = JSON.stringify([key ?? null, names.map((name) => [name, headers?.[name]])]);
  // JSON text holds no raw NUL, so the parts cannot run into each other.
  return hash("sha256", `${received.json}\0${received.meta ?? ""}\0${rest}`, "base64");
}
