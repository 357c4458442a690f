import { RtmsgError } from "../protocol/error.js";
import { parseFrom } from "../protocol/position.js";

/** The topic in a route's path, decoded. Throws `INPUT_INVALID` where the escapes are broken. */
export function topicOf(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new RtmsgError(
      "INPUT_INVALID",
      `"${segment.slice(0, 64)}" is not a URL-encoded topic`,
      {},
      { cause },
    );
  }
}

/** What a plain subscription asks for, not checked yet. */
export function subscriptionQuery(topic: string, query: URLSearchParams): Record<string, unknown> {
  const from = query.get("from");
  return {
    topic,
    from: from === null ? undefined : parseFrom(from),
    onGap: query.get("onGap") ?? undefined,
    until: query.get("until") ?? undefined,
  };
}

/** What a plain history request asks for, not checked yet. */
export function historyQuery(topic: string, query: URLSearchParams): Record<string, unknown> {
  const from = query.get("from");
  return { topic, from: from === null ? undefined : parseFrom(from), limit: numberOf(query, "limit") };
}

/** What a plain request for the list of topics asks for, not checked yet. */
export function listQuery(query: URLSearchParams): Record<string, unknown> {
  return {
    prefix: query.get("prefix") ?? undefined,
    after: query.get("after") ?? undefined,
    limit: numberOf(query, "limit"),
  };
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
