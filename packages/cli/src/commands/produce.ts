import type { Receipt } from "@rtmsg/client";
import { Command } from "commander";
import { withClient } from "../broker-client.js";
import { usageError } from "../cli-error.js";
import { readDataArgument } from "../event-data.js";
import { stdout } from "../io/output.js";
import { produceLines, type ProduceFlags } from "../produce-lines.js";
import { urlOption } from "../url-option.js";
import { collectHeader, parseTopicName } from "../values.js";

/** `rtmsg produce`. */
export function produceCommand(): Command {
  return new Command("produce")
    .description("Produce one event, or one for each line of standard input.")
    .argument("<topic>", "the topic, such as orders.created", parseTopicName)
    .argument("[data]", "the event's data: JSON, or else text")
    .option("--id <id>", "the event's id: producing it again is not a second event")
    .option("--key <key>", "a key to store with every event")
    .option("--header <name=value>", "a header to store with every event; may be repeated", collectHeader)
    .option("--string", "take the data, or each line, as text, whatever it looks like")
    .option("--json", "print receipts as JSON, one on each line")
    .addOption(urlOption())
    .addHelpText(
      "after",
      `
DATA that begins with {, [ or " has to be JSON.
Without DATA, each line of standard input is an event: JSON, or text with
--string. Lines that fail are named and the others are produced all the same;
the exit code is then 1.

Examples:
  rtmsg produce newtopic "This is a new event"
  rtmsg produce orders.created '{"id": "o-1", "total": 12}' --id o-1
  rtmsg produce orders.created < orders.ndjson
  tail -f app.log | rtmsg produce logs --string`,
    )
    .action(produce);
}

async function produce(topic: string, argument: string | undefined, flags: ProduceFlags): Promise<void> {
  if (argument === undefined) {
    refuseIdForLines(flags);
    await withClient(flags.url, (client) => produceLines(client, topic, flags));
    return;
  }
  const { id, key, header: headers, string: isText = false } = flags;
  const data = readDataArgument(argument, isText);
  await withClient(flags.url, async (client) => {
    const receipt = await client.produce.mutate({ topic, data, id, key, headers });
    await stdout.line(flags.json === true ? JSON.stringify(receipt) : describeReceipt(receipt));
  });
}

function refuseIdForLines({ id }: ProduceFlags): void {
  if (id === undefined) return;
  throw usageError("--id is for one event, and each line is one: give DATA");
}

function describeReceipt({ topic, offset, cursor, duplicate }: Receipt): string {
  const what = duplicate ? "Already produced" : "Produced";
  return `${what} to ${topic} at offset ${offset} (cursor ${cursor})`;
}
