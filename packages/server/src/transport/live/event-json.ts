import type { StoredEvent } from "../../log/stored-event.js";
import { writeCursor } from "../../protocol/cursor.js";
import type { FrameWriter } from "./frame-writer.js";

/** Writes an event as a JSON object, up to its data, which is followed by a brace. */
export function writeEventHead(
  writer: FrameWriter,
  { topic, offset, time, id, key, headers }: StoredEvent,
  epoch: string,
): void {
  const digits = String(offset);
  // Topics and cursors hold nothing that JSON would escape, nor anything but ASCII.
  writer.ascii('{"topic":"');
  writer.ascii(topic);
  writer.ascii('","offset":');
  writer.ascii(digits);
  writer.ascii(',"cursor":"');
  writeCursor(epoch, digits, writer);
  writer.ascii('","time":');
  writer.ascii(String(time));
  if (id !== undefined) {
    writer.ascii(',"id":');
    writer.text(JSON.stringify(id));
  }
  if (key !== undefined) {
    writer.ascii(',"key":');
    writer.text(JSON.stringify(key));
  }
  if (headers !== undefined) {
    writer.ascii(',"headers":');
    writer.text(JSON.stringify(headers));
  }
  writer.ascii(',"data":');
}
