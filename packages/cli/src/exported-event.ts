import {
  isCursor,
  isTopicName,
  transformer,
  type ImportedEvent,
  type RtmsgEvent,
} from "@rtmsg/server/protocol";

/** An event as one line of an export: `data` is its JSON half, `meta` what superjson says of it besides. */
export function toExportLine({ topic, cursor, time, id, key, headers, data }: RtmsgEvent): string {
  const { json, meta } = transformer.serialize(data);
  return JSON.stringify({ topic, cursor, time, id, key, headers, data: json, meta });
}

/**
 * Reads a line of an export.
 *
 * @returns the event, or what is wrong with the line
 */
export function readExportLine(line: string): ImportedEvent | { readonly problem: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    return { problem: `it is not JSON (${(error as Error).message})` };
  }
  if (!isExported(parsed)) {
    return {
      problem:
        "it is no event of an export, which has topic, cursor, time and data: for other lines use produce",
    };
  }
  const { meta, data: json, ...event } = parsed;
  if (meta === undefined) return { ...event, data: json };
  try {
    return { ...event, data: transformer.deserialize({ json, meta }) };
  } catch (error) {
    return { problem: `its meta does not fit its data (${(error as Error).message})` };
  }
}

function isExported(value: unknown): value is ImportedEvent & { readonly meta?: unknown } {
  if (typeof value !== "object" || value === null) return false;
  const { topic, cursor, time } = value as Record<string, unknown>;
  return (
    "data" in value &&
    typeof topic === "string" &&
    isTopicName(topic) &&
    typeof cursor === "string" &&
    isCursor(cursor) &&
    typeof time === "number"
  );
}
