import { RtmsgError } from "@rtmsg/server/protocol";
import type { BrokerClient } from "./broker-client.js";
import { CliError } from "./cli-error.js";
import { readDataLine } from "./event-data.js";
import { readLines, type InputLine } from "./io/lines.js";
import { listenForStop } from "./io/signals.js";
import { count, ProduceTally, type ReadLine } from "./produce-tally.js";
import { describeError } from "./report-error.js";

/** The options of `rtmsg produce`. */
export interface ProduceFlags {
  readonly id?: string;
  readonly key?: string;
  readonly header?: Readonly<Record<string, string>>;
  readonly string?: boolean;
  readonly json?: boolean;
  readonly url: string;
}

/** Most lines of one call: the most that a broker takes. */
const MAX_BATCH = 1_000;
/** A call that has this many characters of lines takes no more, so that its frame stays small. */
const MAX_BATCH_CHARACTERS = 524_288;

/**
 * Produces each line of standard input as an event, in order.
 *
 * @throws CliError when lines failed, or it was interrupted
 */
export async function produceLines(client: BrokerClient, topic: string, flags: ProduceFlags): Promise<void> {
  using stop = listenForStop();
  if (process.stdin.isTTY) process.stderr.write("Each line is an event; Ctrl-D ends.\n");
  const tally = new ProduceTally(topic, flags.json === true);
  const endInput = (): void => void process.stdin.destroy();
  stop.signal.addEventListener("abort", endInput);
  try {
    for await (const lines of readLines(process.stdin)) {
      for (const batch of batches(lines)) await produceBatch(client, topic, batch, flags, tally);
    }
  } catch (error) {
    // A destroyed input ends with an error of its own.
    if (!stop.signal.aborted) throw explain(error, tally);
  }
  await tally.finish(stop.signal.aborted);
}

/** Cuts lines into calls. */
function* batches(lines: readonly InputLine[]): Generator<readonly InputLine[], void> {
  let batch: InputLine[] = [];
  let characters = 0;
  for (const line of lines) {
    batch.push(line);
    characters += "text" in line ? line.text.length : 0;
    if (batch.length < MAX_BATCH && characters < MAX_BATCH_CHARACTERS) continue;
    yield batch;
    batch = [];
    characters = 0;
  }
  if (batch.length > 0) yield batch;
}

async function produceBatch(
  client: BrokerClient,
  topic: string,
  lines: readonly InputLine[],
  { string: isText = false, key, header: headers }: ProduceFlags,
  tally: ProduceTally,
): Promise<void> {
  const events: ReadLine[] = [];
  for (const line of lines) {
    // A blank line between JSON lines is no event, and as text it is one.
    if ("text" in line && !isText && line.text.trim() === "") continue;
    const read = "text" in line ? readDataLine(line.text, isText) : line;
    if ("data" in read) events.push({ number: line.number, data: read.data });
    else await tally.failed(line.number, new RtmsgError("INPUT_INVALID", read.problem));
  }
  if (events.length === 0) return;
  tally.sending = events;
  const { results } = await client.produceBatch.mutate({
    events: events.map(({ data }) => ({ topic, data, key, headers })),
  });
  for (const [index, result] of results.entries()) await tally.add(events[index]?.number ?? 0, result);
  tally.sending = [];
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
