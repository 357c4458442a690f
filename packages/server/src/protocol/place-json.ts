import { writeCursor } from "./cursor.js";
import type { TextSink } from "./text-sink.js";

/** Where an event is in a log, and since when. */
interface Place {
  readonly topic: string;
  readonly offset: number;
  readonly time: number;
}

/**
 * Writes the fields that an event and its receipt have in common, as JSON without a brace. Topic names and
 * cursors hold nothing that JSON would escape, nor anything but ASCII.
 *
 * @param place - of the event
 * @param epoch - the log's
 */
export function writePlace({ topic, offset, time }: Place, epoch: string, sink: TextSink): void {
  const digits = String(offset);
  sink.ascii('"topic":"');
  sink.ascii(topic);
  sink.ascii('","offset":');
  sink.ascii(digits);
  sink.ascii(',"cursor":"');
  writeCursor(epoch, digits, sink);
  sink.ascii('","time":');
  sink.ascii(String(time));
}
