import type { PageLimits } from "../log/engine.js";
import { storedSize, type StoredEvent } from "../log/stored-event.js";

/**
 * How much a subscription delivers at a time, as `deliverySize` counts: with its frames a page is about
 * 256 KB on the wire at most.
 */
export const PAGE: PageLimits = { maxEvents: 1_000, maxBytes: 163_840 };

/**
 * What an event counts for on its way to a subscriber, in bytes: its data and a flat charge, as
 * `storedSize` has it, and what it carries besides, which can be more than the data.
 */
export function deliverySize(event: StoredEvent): number {
  const { id, key, headers } = event;
  let bytes = storedSize(event);
  if (id !== undefined) bytes += id.length;
  if (key !== undefined) bytes += key.length;
  if (headers !== undefined) {
    for (const name of Object.keys(headers)) bytes += name.length + (headers[name]?.length ?? 0);
  }
  return bytes;
}

/** The events from a place on that make a page; the first always does. */
export function pageOf(events: readonly StoredEvent[], start: number): readonly StoredEvent[] {
  const most = Math.min(events.length, start + PAGE.maxEvents);
  let bytes = 0;
  let end = start;
  while (end < most) {
    bytes += deliverySize(events[end] as StoredEvent);
    if (bytes > PAGE.maxBytes && end > start) break;
    end++;
  }
  return start === 0 && end === events.length ? events : events.slice(start, end);
}
