import type { StoredEvent } from "../log/stored-event.js";
import { formatCursor } from "../protocol/cursor.js";
import { decodeData } from "../protocol/encoded-data.js";
import type { RtmsgEvent } from "../protocol/event.js";

const decoder = new TextDecoder();

/** A stored event as subscribers get it, with its data brought back. */
export function decodeEvent(stored: StoredEvent, epoch: string): RtmsgEvent {
  const meta = stored.meta === undefined ? undefined : decoder.decode(stored.meta);
  const json = decoder.decode(stored.json);
  return describeEvent(stored, epoch, decodeData(meta === undefined ? { json } : { json, meta }));
}

/** A stored event as plain routes give it: its data's JSON half, which any client reads. */
export function decodeJsonEvent(stored: StoredEvent, epoch: string): RtmsgEvent {
  return describeEvent(stored, epoch, JSON.parse(decoder.decode(stored.json)));
}

function describeEvent(stored: StoredEvent, epoch: string, data: unknown): RtmsgEvent {
  const { topic, offset, time, id, key, headers } = stored;
  return {
    topic,
    offset,
    cursor: formatCursor(epoch, offset),
    time,
    ...(id !== undefined && { id }),
    ...(key !== undefined && { key }),
    ...(headers !== undefined && { headers }),
    data,
  };
}
