import { isEvent, selects, type From, type OnGap } from "@rtmsg/server/protocol";
import { Command, Option } from "commander";
import { withClient, type BrokerClient } from "../broker-client.js";
import { CliError } from "../cli-error.js";
import { EXIT } from "../exit-codes.js";
import { toExportLine } from "../exported-event.js";
import { count } from "../io/amounts.js";
import { note } from "../io/notes.js";
import { stdout } from "../io/output.js";
import { Progress } from "../io/progress.js";
import { listenForStop } from "../io/signals.js";
import { describeGap } from "../gap-note.js";
import { mergedEvents } from "../merged-events.js";
import { topicPages } from "../topic-pages.js";
import { urlOption } from "../url-option.js";
import type { Urls } from "../urls.js";
import { collectSelections, parseStart } from "../values.js";

interface ExportFlags {
  readonly from: From;
  readonly onGap: OnGap;
  readonly url: Urls;
}

/** Lines are written so many characters at a time. */
const CHUNK_LENGTH = 65_536;

/** `rtmsg export`. */
export function exportCommand(): Command {
  return new Command("export")
    .description("Write events as JSON, one on each line, for rtmsg import.")
    .argument("[topics...]", "topics, and patterns such as 'orders.*' (default: all)", collectSelections)
    .option("-f, --from <start>", "where to start, as for subscribe", parseStart, "earliest")
    .addOption(
      new Option("--on-gap <what>", "when events that were asked for are gone")
        .choices(["error", "earliest", "report"])
        .default("error"),
    )
    .addOption(urlOption())
    .addHelpText(
      "after",
      `
Ends at what is the log's end now. A line has topic, cursor, time, id, key,
headers and data, and in meta what JSON cannot say: Date, bigint and the like.
It takes the right to subscribe to the topics.

To go on where an export ended, give the cursor of its last line as --from.

Examples:
  rtmsg export > log.ndjson
  rtmsg export 'orders.*' users --from 2026-01-01 | gzip > orders.ndjson.gz
  rtmsg export --url old:3030 | rtmsg import --url new:3030`,
    )
    .action(exportEvents);
}

async function exportEvents(topics: readonly string[], flags: ExportFlags): Promise<void> {
  const selections = topics.length === 0 ? [">"] : topics;
  using stop = listenForStop();
  const signal = AbortSignal.any([stop.signal, stdout.closed]);
  await withClient(flags.url, async (client) => {
    const total = flags.from === "earliest" ? await countEvents(client, selections) : undefined;
    const { written, last } = await writeEvents(client, selections, { ...flags, total, signal });
    if (stop.signal.aborted) {
      const goOn = last === undefined ? "" : `: go on with --from ${last}`;
      throw new CliError(`Interrupted, ${count(written, "event")} written${goOn}`, EXIT.interrupted);
    }
    if (!stdout.closed.aborted && process.stderr.isTTY) note(`Exported ${count(written, "event")}`);
  });
}

interface Writing extends Pick<ExportFlags, "from" | "onGap"> {
  readonly total: number | undefined;
  readonly signal: AbortSignal;
}

/** @returns how many events were written, and the cursor of the last */
async function writeEvents(
  client: BrokerClient,
  selections: readonly string[],
  { from, onGap, total, signal }: Writing,
): Promise<{ readonly written: number; readonly last: string | undefined }> {
  using progress = new Progress({ what: "Exporting", unit: "event", total, prints: true });
  let written = 0;
  let last: string | undefined;
  let waiting = { count: 0, cursor: "", text: "" };
  const flush = async (): Promise<void> => {
    const { count: events, cursor, text } = waiting;
    if (events === 0) return;
    waiting = { count: 0, cursor: "", text: "" };
    await stdout.write(text);
    written += events;
    last = cursor;
    progress.to(written);
  };
  try {
    for await (const item of mergedEvents(client, selections, { from, onGap, until: "now", signal })) {
      if (!isEvent(item)) {
        note(describeGap(item));
        continue;
      }
      waiting.text += `${toExportLine(item)}\n`;
      waiting.cursor = item.cursor;
      waiting.count += 1;
      if (waiting.text.length >= CHUNK_LENGTH) await flush();
    }
  } finally {
    // What was read is whole lines, whatever ended it.
    await flush();
  }
  return { written, last };
}

/** How many events selections have, as far as the token may know. */
async function countEvents(client: BrokerClient, selections: readonly string[]): Promise<number> {
  let events = 0;
  for await (const page of topicPages(client)) {
    for (const { topic, count: own } of page) {
      if (selections.some((selection) => selects(selection, topic))) events += own;
    }
  }
  return events;
}
