import { nestMetas, type PlacedMeta } from "../../protocol/nested-meta.js";
import type { EncodedEvent } from "./encoded-event.js";

const decoder = new TextDecoder();

/**
 * The `meta` of a message whose events lie at given paths; empty where no event has one.
 *
 * @param events - the message's events
 * @param pathOf - the path of an event's data, by the event's index
 * @returns `,"meta":{...}`, to be put after the message's `json`
 */
export function nestMeta(events: readonly EncodedEvent[], pathOf: (index: number) => string): string {
  const parts: PlacedMeta[] = [];
  for (const [index, { stored }] of events.entries()) {
    if (stored.meta !== undefined) parts.push({ meta: decoder.decode(stored.meta), path: pathOf(index) });
  }
  return nestMetas(parts);
}
