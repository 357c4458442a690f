import type { LogStream } from "./log-stream.js";
import { eventStamp } from "./message.js";
import type { TrimMarks } from "./trim-marks.js";

/** Time of the log's newest event, trimmed ones included. */
export async function lastTimeOf(stream: LogStream, marks: TrimMarks): Promise<number> {
  const newest = await stream.last(stream.subject(">"));
  const times = [...marks.topics].map((topic) => marks.of(topic)?.time ?? 0);
  return times.reduce((last, time) => Math.max(last, time), eventStamp(newest?.header)?.time ?? 0);
}
