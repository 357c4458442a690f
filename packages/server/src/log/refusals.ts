import { RtmsgError } from "../protocol/error.js";
import type { AppendEntry } from "./engine.js";

/** The refusal of an event whose id was used for another, at an offset. */
export function idConflict({ topic, id }: AppendEntry, offset: number): RtmsgError {
  const message = `Event id "${id}" was used on topic "${topic}" for other data, key or headers, at offset ${offset}: give each event its own id`;
  return new RtmsgError("EVENT_ID_CONFLICT", message);
}

/** The refusal of an event that expects its topic at another offset than the actual one. */
export function offsetMismatch({ topic, expectedOffset }: AppendEntry, actual: number): RtmsgError {
  const message = `Topic "${topic}" is at offset ${actual}, not at the expected ${expectedOffset}: read what was added and decide again`;
  return new RtmsgError("OFFSET_MISMATCH", message, { actual });
}

/** The refusal of an event whose topic would be one too many. */
export function tooManyTopics(topic: string, limit: number): RtmsgError {
  const message = `Topic "${topic}" would be one more than the limit of ${limit} topics: use fewer names, or raise limits.topics`;
  return new RtmsgError("LIMIT_EXCEEDED", message, { limit });
}
