import { RtmsgError } from "@rtmsg/server/protocol";
import type { BrokerClient } from "./broker-client.js";
import { CliError } from "./cli-error.js";
import { readDataLine, readId } from "./event-data.js";
import { count } from "./io/amounts.js";
import { sizeOf } from "./io/input-size.js";
import { readLines, type InputLine } from "./io/lines.js";
import { Progress } from "./io/progress.js";
import { listenForStop } from "./io/signals.js";
import { ProduceTally, type ReadLine } from "./produce-tally.js";
import { describeError } from "./report-error.js";
import type { Urls } from "./urls.js";

/** The options of `rtmsg produce`. */
export interface ProduceFlags {
  readonly id?: string;
  readonly idField?: string;
  readonly fromLine?: number;
  readonly key?: string;
  readonly header?: Readonly<Record<string, string>>;
  readonly string?: boolean;
  readonly json?: boolean;
  readonly url: Urls;
}

/** How long answers are waited for after Ctrl-C, in ms. */
const ANSWER_MS = 2_000;

/** What the lines of one run share. */
interface Production {
  readonly flags: ProduceFlags;
  readonly tally: ProduceTally;
  readonly signal: AbortSignal;
}

/**
 * Produces each line of standard input as an event, in order.
 *
 * @throws CliError when lines failed, or it was interrupted
 */
export async function produceLines(client: BrokerClient, topic: string, flags: ProduceFlags): Promise<void> {
  using stop = listenForStop();
  if (process.stdin.isTTY) process.stderr.write("Each line is an event; Ctrl-D ends.\n");
  const bytes = sizeOf(process.stdin);
  const unit = bytes === undefined ? "event" : "byte";
  using progress = new Progress({ what: "Producing", unit, total: bytes, prints: flags.json === true });
  const tally = new ProduceTally(topic, flags.json === true);
  const patience = new AbortController();
  const endInput = (): void => {
    process.stdin.destroy();
    // What is under way is answered in a moment, unless the broker is away.
    setTimeout(() => patience.abort(), ANSWER_MS).unref();
  };
  stop.signal.addEventListener("abort", endInput);
  try {
    let read = 0;
    const counted = countBytes(process.stdin, (more) => (read += more));
    for await (const lines of readLines(counted)) {
      await produceBatch(client, topic, lines, { flags, tally, signal: patience.signal });
      const events = tally.produced + tally.duplicates;
      if (bytes === undefined) progress.to(events);
      else progress.to(read, count(events, "event"));
    }
  } catch (error) {
    // A destroyed input ends with an error of its own.
    if (!stop.signal.aborted) throw explain(error, tally);
  } finally {
    progress.clear();
  }
  await tally.finish(stop.signal.aborted);
}

async function produceBatch(
  client: BrokerClient,
  topic: string,
  lines: readonly InputLine[],
  { flags, tally, signal }: Production,
): Promise<void> {
  const { string: isText = false, key, header: headers, idField, fromLine = 1 } = flags;
  const events: ReadLine[] = [];
  for (const line of lines) {
    // A blank line between JSON lines is no event, and as text it is one.
    if (line.number < fromLine || ("text" in line && !isText && line.text.trim() === "")) continue;
    const read = "text" in line ? readDataLine(line.text, isText) : line;
    const named = "data" in read && idField !== undefined ? readId(read.data, idField) : { id: undefined };
    if (!("data" in read)) await tally.failed(line.number, new RtmsgError("INPUT_INVALID", read.problem));
    else if ("problem" in named) {
      await tally.failed(line.number, new RtmsgError("INPUT_INVALID", named.problem));
    } else events.push({ number: line.number, data: read.data, id: named.id });
  }
  if (events.length === 0) return;
  tally.sending = events;
  const batch = { events: events.map(({ data, id }) => ({ topic, data, id, key, headers })) };
  const { results } = await client.produceBatch.mutate(batch, { signal });
  // What was given up may have been produced.
  if (signal.aborted) return;
  for (const [index, result] of results.entries()) await tally.add(events[index]?.number ?? 0, result);
  tally.sending = [];
}

async function* countBytes(
  input: AsyncIterable<Buffer>,
  count: (bytes: number) => void,
): AsyncGenerator<Buffer, void> {
  for await (const chunk of input) {
    count(chunk.length);
    yield chunk;
  }
}

function explain(error: unknown, { sending, produced }: ProduceTally): unknown {
  const [first] = sending;
  const before = `${count(produced, "event")} had been produced`;
  if (first !== undefined) {
    const last = sending.at(-1) ?? first;
    const lines = first === last ? `Line ${first.number}` : `Lines ${first.number} to ${last.number}`;
    return new CliError(`${lines} failed: ${describeError(error)}; ${before}`, undefined, { cause: error });
  }
  if ((error as NodeJS.ErrnoException).syscall !== "read") return error;
  return new CliError(`Standard input could not be read: ${describeError(error)}; ${before}`, undefined, {
    cause: error,
  });
}
