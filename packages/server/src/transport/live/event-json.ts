import type { StoredEvent } from "../../log/stored-event.js";
import { writePlace } from "../../protocol/place-json.js";
import type { FrameWriter } from "./frame-writer.js";

/** Writes an event as a JSON object, up to its data, which is followed by a brace. */
export function writeEventHead(writer: FrameWriter, event: StoredEvent, epoch: string): void {
  const { id, key, headers } = event;
  writer.ascii("{");
  writePlace(event, epoch, writer);
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
