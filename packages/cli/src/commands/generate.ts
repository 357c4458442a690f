import type { DeclaredTopic } from "@rtmsg/server/protocol";
import { Command } from "commander";
import { withClient } from "../broker-client.js";
import { CliError, usageError } from "../cli-error.js";
import { GeneratedFile } from "../generate/generated-file.js";
import { moduleText } from "../generate/module-text.js";
import { declaredByBroker, declaredByModule } from "../generate/topics-source.js";
import { watchBroker, watchModule } from "../generate/watch.js";
import { listenForStop } from "../io/signals.js";
import { stdout } from "../io/output.js";
import { describeError } from "../report-error.js";
import { urlOption } from "../url-option.js";
import type { Urls } from "../urls.js";

interface GenerateFlags {
  readonly url: Urls;
  readonly topics?: string;
  readonly out: string;
  readonly check?: boolean;
  readonly watch?: boolean;
}

/** `rtmsg generate`. */
export function generateCommand(): Command {
  return new Command("generate")
    .description("Write a client that is typed by the topics which a broker declares.")
    .requiredOption("-o, --out <file>", "the TypeScript module to write")
    .addOption(urlOption())
    .option("-t, --topics <file>", "module that exports topics made by defineTopics, in place of a broker")
    .option("--check", "write nothing, and exit with 1 when the file is not as it would be written")
    .option("--watch", "stay until Ctrl-C, and write it again when the topics change")
    .addHelpText(
      "after",
      `
The module needs @rtmsg/client, and nothing of the server's project. Its types
are those of the schemas; what JSON Schema cannot say (a transform's result, a
class of your own) is unknown, and a comment says why.

Examples:
  rtmsg generate --url https://events.example.com --out src/events.ts
  rtmsg generate --topics ./topics.ts --out ../web/src/events.ts --watch
  rtmsg generate --out src/events.ts --check`,
    )
    .action(generate);
}

async function generate(flags: GenerateFlags, command: Command): Promise<void> {
  if (flags.check === true && flags.watch === true) {
    throw usageError("--check and --watch do not go together: one ends at once, the other never");
  }
  if (flags.topics !== undefined && command.getOptionValueSource("url") === "cli") {
    throw usageError("--topics and --url both name the topics: leave one out");
  }
  const file = new GeneratedFile(flags.out);
  const write = async (topics: readonly DeclaredTopic[]): Promise<void> => {
    const isChanged = await file.update(moduleText(topics));
    await stdout.line(`${file.path} ${isChanged ? "written" : "is up to date"}: ${describeCount(topics)}`);
  };
  const use = flags.check === true ? (topics: readonly DeclaredTopic[]) => check(file, topics) : write;
  using stop = listenForStop();
  if (flags.topics !== undefined) {
    const { topics } = flags;
    await use(await declaredByModule(topics));
    if (flags.watch !== true) return;
    await watchModule(topics, file.path, stop.signal, () =>
      reporting(async () => write(await declaredByModule(topics))),
    );
    return;
  }
  await withClient(flags.url, async (client) => {
    await use(await declaredByBroker(client));
    if (flags.watch !== true) return;
    await watchBroker(client, stop.signal, () =>
      reporting(async () => write(await declaredByBroker(client))),
    );
  });
}

async function check(file: GeneratedFile, topics: readonly DeclaredTopic[]): Promise<void> {
  if (!(await file.has(moduleText(topics)))) {
    throw new CliError(`${file.path} is not what the topics make: run the command without --check`);
  }
  await stdout.line(`${file.path} is up to date: ${describeCount(topics)}`);
}

/** While it watches, a mistake is said and waits to be mended. */
async function reporting(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.stderr.write(`error: ${describeError(error)}\n`);
  }
}

function describeCount({ length }: readonly DeclaredTopic[]): string {
  return length === 1 ? "1 topic" : `${length} topics`;
}
