import type { Topics } from "@rtmsg/server";
import { Command, Option } from "commander";
import { addAuthOptions, chooseAuth, type AuthFlags } from "../auth-option.js";
import { addEngineOptions, chooseEngine, type EngineFlags } from "../engine-option.js";
import { aborted, listenForStop } from "../io/signals.js";
import { stdout } from "../io/output.js";
import { explainStartFailure } from "../start-failure.js";
import { loadTopics } from "../topics-module.js";
import { parsePort } from "../values.js";

interface ServeFlags extends EngineFlags, AuthFlags {
  readonly host: string;
  readonly port: number;
  readonly topics?: string;
  readonly undeclaredTopics?: "allow" | "deny";
  readonly insecure?: boolean;
}

/** `rtmsg serve`. */
export function serveCommand(): Command {
  const command = new Command("serve")
    .description("Run a broker until Ctrl-C.")
    .option("-p, --port <n>", "port to listen on; 0 takes a free one", parsePort, 3030)
    .option("--host <name>", "name or address to listen on", "127.0.0.1")
    .option("--insecure", "listen where other machines can connect, though nobody is asked who they are")
    .option("-t, --topics <file>", "module (.ts or .js) that exports topics made by defineTopics")
    .addOption(
      new Option(
        "--undeclared-topics <what>",
        "whether topics may be used that are not declared (default: only if none are)",
      ).choices(["allow", "deny"]),
    );
  return addAuthOptions(addEngineOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  rtmsg serve
  rtmsg serve --port 4000 --topics ./topics.ts
  rtmsg serve --host 0.0.0.0 --auth-tokens tokens.json`,
    )
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  using stop = listenForStop();
  const topics = flags.topics === undefined ? undefined : await loadTopics(flags.topics);
  const engine = await chooseEngine(flags);
  // Loaded here, so that the other commands start sooner.
  const { lineLogger, startServer } = await import("@rtmsg/server");
  const { host, port, insecure, undeclaredTopics } = flags;
  const logger = lineLogger((line) => process.stderr.write(line));
  const { auth, origins, tls, description } = await chooseAuth(flags, logger);
  await using server = await startServer({
    auth,
    origins,
    tls,
    host,
    port,
    insecure,
    topics,
    undeclaredTopics,
    engine: engine.open,
    logger,
  }).catch((error: unknown) => {
    throw explainStartFailure(error, host, port);
  });
  await stdout.line(`Broker server running at ${server.url}`);
  await stdout.line(`Engine: ${engine.description}. ${describeTopics(topics, undeclaredTopics)}.`);
  if (description !== undefined) await stdout.line(`${description}.`);
  await aborted(stop.signal);
  // The server is closed by its disposal, while a second signal can still end the process.
}

/** Most declared topics that are named at the start. */
const NAMED_TOPICS = 5;

function describeTopics(topics: Topics | undefined, undeclared: ServeFlags["undeclaredTopics"]): string {
  const names = [...(topics?.definitions.keys() ?? [])];
  if (names.length === 0) return undeclared === "deny" ? "Topics: none may be used" : "Topics: any";
  const more = names.length > NAMED_TOPICS ? ` and ${names.length - NAMED_TOPICS} more` : "";
  const others = undeclared === "allow" ? ", and any other" : "";
  return `Topics: ${names.slice(0, NAMED_TOPICS).join(", ")}${more}${others}`;
}
