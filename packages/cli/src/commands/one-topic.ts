import type { TopicInfo } from "@rtmsg/client";
import { Command } from "commander";
import { withClient, type BrokerClient } from "../broker-client.js";
import { CliError, usageError } from "../cli-error.js";
import { count, describeSize } from "../io/amounts.js";
import { confirm } from "../io/confirm.js";
import { stdout } from "../io/output.js";
import { urlOption } from "../url-option.js";
import type { Urls } from "../urls.js";
import { parseTopicName } from "../values.js";

interface TopicFlags {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly url: Urls;
}

interface TrimFlags extends TopicFlags {
  readonly before: number;
}

/** `rtmsg topics info`. */
export function infoCommand(): Command {
  return new Command("info")
    .description("Say what is known of one topic.")
    .argument("<topic>", "its name", parseTopicName)
    .option("--json", "print it as JSON, with its schema")
    .addOption(urlOption())
    .addHelpText(
      "after",
      "\nExamples:\n  rtmsg topics info orders.created\n  rtmsg topics info orders.created --json | jq .schema",
    )
    .action((topic: string, { json, url }: TopicFlags) =>
      withClient(url, async (client) => {
        const info = await client.topics.get.query({ topic });
        if (json === true) await stdout.line(JSON.stringify(info));
        else for (const line of describe(info)) await stdout.line(line);
      }),
    );
}

/** `rtmsg topics trim`. */
export function trimCommand(): Command {
  return new Command("trim")
    .description("Remove a topic's events before an offset, for good.")
    .argument("<topic>", "its name", parseTopicName)
    .requiredOption("--before <offset>", "the offset of the first event to keep", parseOffset)
    .option("-y, --yes", "do not ask")
    .addOption(urlOption())
    .addHelpText(
      "after",
      `
It takes the right "admin". Subscribers that had not got there are told of a
gap.

Examples:
  rtmsg topics trim orders.created --before 120000
  rtmsg topics trim orders.created --before 120000 --yes`,
    )
    .action((topic: string, { before, yes, url }: TrimFlags) =>
      withClient(url, async (client) => {
        await ask(client, topic, `remove events before offset ${before.toLocaleString("en")}`, yes);
        const { trimmed } = await client.admin.trim.mutate({ topic, before });
        await stdout.line(`Removed ${count(trimmed, "event")} of ${topic}`);
      }),
    );
}

/** `rtmsg topics delete`. */
export function deleteCommand(): Command {
  return new Command("delete")
    .description("Remove all events of a topic, for good.")
    .argument("<topic>", "its name", parseTopicName)
    .option("-y, --yes", "do not ask")
    .addOption(urlOption())
    .addHelpText(
      "after",
      `
It takes the right "admin". A topic that is declared stays, empty; another is
gone until it has an event again. Offsets go on, so that none is used twice.

Examples:
  rtmsg topics delete newtopic
  rtmsg topics delete newtopic --yes`,
    )
    .action((topic: string, { yes, url }: TopicFlags) =>
      withClient(url, async (client) => {
        await ask(client, topic, "remove all of them", yes);
        const { trimmed } = await client.admin.deleteTopic.mutate({ topic });
        await stdout.line(`Removed ${topic} with ${count(trimmed, "event")}`);
      }),
    );
}

/** Makes sure that it is wanted. */
async function ask(client: BrokerClient, topic: string, what: string, isSure = false): Promise<void> {
  if (isSure) return;
  const { count: events, bytes } = await client.topics.get.query({ topic });
  const question = `${topic} has ${count(events, "event")} of ${describeSize(bytes)}: ${what}?`;
  if (!(await confirm(question))) throw new CliError("Nothing was removed");
}

function parseOffset(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw usageError(`--before is "${text}": use an offset`);
}

function describe(info: TopicInfo): string[] {
  const {
    topic,
    count: events,
    bytes,
    earliestOffset,
    latestOffset,
    lastEventTime,
    retention,
    durability,
    schema,
  } = info;
  const kept = Object.entries(retention).map(([name, value]) => `${name} ${String(value)}`);
  const rows = [
    ["topic", topic],
    ["events", `${events.toLocaleString("en")}, ${describeSize(bytes)}`],
    [
      "offsets",
      earliestOffset === null
        ? `none kept, last ${latestOffset ?? "-"}`
        : `${earliestOffset} to ${latestOffset}`,
    ],
    ["last event", lastEventTime === null ? "-" : new Date(lastEventTime).toISOString()],
    ["retention", kept.length === 0 ? "everything is kept" : kept.join(", ")],
    ["durability", durability],
    ["schema", schema === null ? "none, any data" : "declared, see --json"],
  ];
  return rows.map(([name = "", text = ""]) => `${name.padEnd(11)} ${text}`);
}
