import { isEvent, isPattern, type From, type OnGap } from "@rtmsg/server/protocol";
import { Command, Option } from "commander";
import { withClient, type BrokerClient } from "../broker-client.js";
import { CliError } from "../cli-error.js";
import { EXIT } from "../exit-codes.js";
import { describeGap } from "../gap-note.js";
import { showData, showNote, toJsonLine } from "../io/display.js";
import { note } from "../io/notes.js";
import { stdout } from "../io/output.js";
import { listenForStop } from "../io/signals.js";
import { mergedEvents } from "../merged-events.js";
import { urlOption } from "../url-option.js";
import type { Urls } from "../urls.js";
import { collectSelections, parseLimit, parseStart } from "../values.js";

interface SubscribeFlags {
  readonly from: From;
  readonly onGap: OnGap;
  readonly limit?: number;
  readonly untilNow?: boolean;
  readonly json?: boolean;
  readonly url: Urls;
}

/** `rtmsg subscribe`. */
export function subscribeCommand(): Command {
  return new Command("subscribe")
    .description("Print events of topics as they come, until Ctrl-C.")
    .argument("<topics...>", "topics, and patterns such as 'orders.*' or '>'", collectSelections)
    .option("-f, --from <start>", "where to start, see below", parseStart, "latest")
    .option("-n, --limit <n>", "end after so many events", parseLimit)
    .option("--until-now", "end at what is the log's end now")
    .addOption(
      new Option(
        "--on-gap <what>",
        "when events that were asked for are gone: fail, carry on, or say so and carry on",
      )
        .choices(["error", "earliest", "report"])
        .default("error"),
    )
    .option("--json", "print whole events as JSON, one on each line")
    .addOption(urlOption())
    .addHelpText(
      "after",
      `
START is latest, earliest, a cursor, offset:N, time:MS, an ISO time, or last:N.
A cursor and an offset start with what comes after them.

last:N is so many of each topic or pattern that is named.

A string is printed as its bare text, other data as JSON on one line. On a
terminal, events have their topic before them where there may be several. Of
several topics and patterns, the past comes in the log's order, and an event
that more than one of them selects comes once.

Examples:
  rtmsg subscribe newtopic
  rtmsg subscribe 'orders.*' users --from last:10
  rtmsg subscribe orders.created --from earliest --until-now | wc -l
  rtmsg subscribe newtopic --limit 1`,
    )
    .action(subscribe);
}

async function subscribe(topics: readonly string[], flags: SubscribeFlags): Promise<void> {
  using stop = listenForStop();
  if (flags.limit === 0) return;
  const signal = AbortSignal.any([stop.signal, stdout.closed]);
  const isDone = await withClient(flags.url, (client) => printEvents(client, topics, flags, signal));
  const hasEnd = flags.limit !== undefined || flags.untilNow === true;
  if (isDone || !hasEnd || !stop.signal.aborted) return;
  throw new CliError("Interrupted before the end that was asked for", EXIT.interrupted);
}

/** @returns whether the end that was asked for was reached */
async function printEvents(
  client: BrokerClient,
  topics: readonly string[],
  { from, onGap, untilNow = false, limit = Infinity, json = false }: SubscribeFlags,
  signal: AbortSignal,
): Promise<boolean> {
  const until = untilNow ? "now" : undefined;
  const withTopic = !json && stdout.isTerminal && (topics.length > 1 || topics.some(isPattern));
  let left = limit;
  for await (const item of mergedEvents(client, topics, { from, onGap, until, signal })) {
    if (!isEvent(item)) {
      if (json) await stdout.line(toJsonLine(item));
      else note(describeGap(item));
      continue;
    }
    const text = json ? toJsonLine(item) : showData(item.data);
    await stdout.line(withTopic ? `${showNote(item.topic)} ${text}` : text);
    if (--left === 0) return true;
  }
  return !signal.aborted;
}
