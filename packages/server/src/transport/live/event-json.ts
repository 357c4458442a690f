import type { StoredEvent } from "../../log/stored-event.js";
import { formatCursor } from "../../protocol/cursor.js";

/** Whether all of an event but its data is ASCII for certain: names, cursors and numbers are. */
export function hasPlainHead({ id, key, headers }: StoredEvent): boolean {
  return id === undefined && key === undefined && headers === undefined;
}

/** An event as a JSON object, up to its data, which is followed by a brace. */
export function eventHead(stored: StoredEvent, epoch: string): string {
  const { topic, offset, time, id, key, headers } = stored;
  // Topics and cursors hold nothing that JSON would escape.
  let head = `{"topic":"${topic}","offset":${offset},"cursor":"${formatCursor(epoch, offset)}","time":${time}`;
  if (id !== undefined) head += `,"id":${JSON.stringify(id)}`;
  if (key !== undefined) head += `,"key":${JSON.stringify(key)}`;
  if (headers !== undefined) head += `,"headers":${JSON.stringify(headers)}`;
  return `${head},"data":`;
}
