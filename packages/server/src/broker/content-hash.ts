import { hash } from "node:crypto";
import type { EncodedData } from "../protocol/encoded-data.js";
import type { ProduceInput } from "../protocol/inputs.js";

/**
 * Hashes what a producer sent, so that a retry with the same event id can be told from another
 * event: data as it was received, before a schema's defaults and transforms, key and headers.
 *
 * @param received - the data
 * @param extras - the key and the headers
 * @param bytes - the data's JSON half in UTF-8, where it has been made already
 * @returns characters of one byte each
 */
export function contentHash(
  received: EncodedData,
  { key, headers }: Pick<ProduceInput, "key" | "headers">,
  bytes?: Uint8Array,
): string {
  // As one-byte characters: the smallest string that a window of many ids can keep. By way of a buffer,
  // which could be cut, it would cost three times as much.
  if (received.meta === undefined && key === undefined && headers === undefined) {
    return hash("sha256", bytes ?? received.json, "binary");
  }
  // JSON text holds no raw NUL, so the parts cannot run into each other, nor be taken for JSON alone.
  return hash("sha256", `${received.json}\0${received.meta ?? ""}\0${extrasOf(key, headers)}`, "binary");
}

function extrasOf(key: string | undefined, headers: Readonly<Record<string, string>> = {}): string {
  const names = Object.keys(headers).toSorted();
  return JSON.stringify([key ?? null, names.map((name) => [name, headers[name]])]);
}
