import type { StoredEvent } from "../../log/stored-event.js";
import { formatCursor } from "../../protocol/cursor.js";

/** An event as it goes over the wire, made once for all who get it. */
export interface EncodedEvent {
  readonly stored: StoredEvent;
  readonly cursor: string;
  /** The event as a JSON object, UTF-8; its data is superjson's JSON half. */
  readonly json: Buffer;
}

const encoded = new WeakMap<StoredEvent, EncodedEvent>();

/** Encodes an event, or takes what was encoded before. */
export function encodeEvent(stored: StoredEvent, epoch: string): EncodedEvent {
  let event = encoded.get(stored);
  if (event === undefined) {
    event = build(stored, epoch);
    encoded.set(stored, event);
  }
  return event;
}

function build(stored: StoredEvent, epoch: string): EncodedEvent {
  const { topic, offset, time, id, key, headers, json: data } = stored;
  const cursor = formatCursor(epoch, offset);
  // Topics and cursors hold nothing that JSON would escape.
  let head = `{"topic":"${topic}","offset":${offset},"cursor":"${cursor}","time":${time}`;
  if (id !== undefined) head += `,"id":${JSON.stringify(id)}`;
  if (key !== undefined) head += `,"key":${JSON.stringify(key)}`;
  if (headers !== undefined) head += `,"headers":${JSON.stringify(headers)}`;
  head += ',"data":';
  const headBytes = Buffer.byteLength(head);
  const json = Buffer.allocUnsafe(headBytes + data.byteLength + 1);
  json.write(head);
  json.set(data, headBytes);
  json[json.length - 1] = 0x7d;
  return { stored, cursor, json };
}
