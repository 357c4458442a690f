import type { TopicInfo } from "@rtmsg/client";
import { Command } from "commander";
import { usageError } from "../cli-error.js";
import { withClient } from "../broker-client.js";
import { describeSize } from "../io/amounts.js";
import { stdout } from "../io/output.js";
import { tableLines, type Column } from "../io/table.js";
import { deleteCommand, infoCommand, trimCommand } from "./one-topic.js";
import { topicPages } from "../topic-pages.js";
import { urlOption } from "../url-option.js";
import type { Urls } from "../urls.js";

interface TopicsFlags {
  readonly prefix?: string;
  readonly json?: boolean;
  readonly url: Urls;
}

const COLUMNS: readonly Column<TopicInfo>[] = [
  { head: "TOPIC", align: "left", text: ({ topic }) => topic },
  { head: "EVENTS", align: "right", text: ({ count }) => count.toLocaleString("en") },
  { head: "SIZE", align: "right", text: ({ bytes }) => describeSize(bytes) },
  { head: "EARLIEST", align: "right", text: ({ earliestOffset }) => String(earliestOffset ?? "-") },
  { head: "LATEST", align: "right", text: ({ latestOffset }) => String(latestOffset ?? "-") },
  { head: "LAST EVENT", align: "left", text: ({ lastEventTime }) => describeTime(lastEventTime) },
];

/** `rtmsg topics`. */
export function topicsCommand(): Command {
  return (
    new Command("topics")
      .description("List the broker's topics, or look at one, trim it or delete it.")
      .addCommand(infoCommand())
      .addCommand(trimCommand())
      .addCommand(deleteCommand())
      // Else what follows a command would be taken for this one's options.
      .enablePositionalOptions()
      .allowExcessArguments()
      .option("--prefix <text>", "only topics whose names start with it")
      .option("--json", "print topics as JSON, one on each line, with retention and schema")
      .addOption(urlOption())
      .addHelpText(
        "after",
        `
Without a command it lists the topics that are declared, and those that have
had an event. EARLIEST and LATEST are offsets. SIZE is that of the events which
are kept.

Examples:
  rtmsg topics
  rtmsg topics --prefix orders. --json | jq .count
  rtmsg topics info orders.created
  rtmsg topics trim orders.created --before 120000`,
      )
      .action(listTopics)
  );
}

async function listTopics(flags: TopicsFlags, { args }: Command): Promise<void> {
  const [extra] = args;
  if (extra !== undefined) {
    throw usageError(`topics has no command "${extra}": use info, trim or delete, or --prefix to list some`);
  }
  await withClient(flags.url, async (client) => {
    const rows: TopicInfo[] = [];
    for await (const page of topicPages(client, flags.prefix)) {
      if (flags.json !== true) rows.push(...page);
      else for (const topic of page) await stdout.line(JSON.stringify(topic));
      if (stdout.closed.aborted) return;
    }
    if (flags.json === true) return;
    if (rows.length === 0) process.stderr.write("There are no such topics yet\n");
    else for (const line of tableLines(COLUMNS, rows)) await stdout.line(line);
  });
}

function describeTime(ms: number | null): string {
  return ms === null ? "-" : new Date(ms).toISOString();
}
