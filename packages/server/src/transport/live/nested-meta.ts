import type { StoredEvent } from "../../log/stored-event.js";
import { nestMetas, type PlacedMeta } from "../../protocol/nested-meta.js";

const decoder = new TextDecoder();

/**
 * The `meta` of a message whose events lie at given paths; empty where no event has one.
 *
 * @param events - the message's events
 * @param pathOf - the path of an event's data, by the event's index
 * @returns `,"meta":{...}`, to be put after the message's `json`
 */
export function nestMeta(events: readonly StoredEvent[], pathOf: (index: number) => string): string {
  const parts: PlacedMeta[] = [];
  let index = 0;
  for (const { meta } of events) {
    if (meta !== undefined) parts.push({ meta: decoder.decode(meta), path: pathOf(index) });
    index++;
  }
  return nestMetas(parts);
}
