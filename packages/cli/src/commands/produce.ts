import type { Receipt } from "@rtmsg/client";
import { Command } from "commander";
import { withClient } from "../broker-client.js";
import { usageError } from "../cli-error.js";
import { readDataArgument } from "../event-data.js";
import { stdout } from "../io/output.js";
import { produceLines, type ProduceFlags } from "../produce-lines.js";
import { urlOption } from "../url-option.js";
import { collectHeader, parseLine, parseTopicName } from "../values.js";

/** `rtmsg produce`. */
export function produceCommand(): Command {
  return new Command("produce")
    .description("Produce one event, or one for each line of standard input.")
    .argument("<topic>", "the topic, such as orders.created", parseTopicName)
    .argument("[data]", "the event's data: JSON, or else text")
    .option("--id <id>", "the event's id: producing it again is not a second event")
    .option("--id-field <field>", "take each line's id from this field of its data, such as id or order.id")
    .option("--from-line <n>", "begin at this line of standard input", parseLine)
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

With ids, what is produced again is not stored again, as long as the broker
remembers ids (2 minutes, unless it is told otherwise). To go on with a long
input later, use the --from-line that an interrupted run names.

Examples:
  rtmsg produce newtopic "This is a new event"
  rtmsg produce orders.created '{"id": "o-1", "total": 12}' --id o-1
  rtmsg produce orders.created --id-field id < orders.ndjson
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
  if (flags.idField !== undefined || flags.fromLine !== undefined) {
    throw usageError("--id-field and --from-line are for lines of standard input: leave DATA out");
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
  throw usageError("--id is for one event, and each line is one: give DATA, or use --id-field");
}

function describeReceipt({ topic, offset, cursor, duplicate }: Receipt): string {
  const what = duplicate ? "Already produced" : "Produced";
  return `${what} to ${topic} at offset ${offset} (cursor ${cursor})`;
}
