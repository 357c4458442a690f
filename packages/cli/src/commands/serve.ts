import type { RtmsgServer, Topics } from "@rtmsg/server";
import { Command } from "commander";
import { setTimeout as delay } from "node:timers/promises";
import { chooseAuth } from "../auth-option.js";
import { readConfigFile } from "../config/config-file.js";
import { printedSettings } from "../config/print-settings.js";
import { resolveSettings } from "../config/resolve-settings.js";
import { serverOptionsOf } from "../config/server-options.js";
import { addSettingOptions } from "../config/setting-options.js";
import type { Settings } from "../config/settings.js";
import { chooseEngine } from "../engine-option.js";
import { EXIT } from "../exit-codes.js";
import { namedTopics } from "../named-topics.js";
import { aborted, listenForStop } from "../io/signals.js";
import { stdout } from "../io/output.js";
import { explainStartFailure } from "../start-failure.js";
import { loadTopics } from "../topics-module.js";

interface ServeFlags extends Readonly<Record<string, unknown>> {
  readonly config?: string;
  readonly printConfig?: boolean;
}

/** `rtmsg serve`. */
export function serveCommand(): Command {
  const command = new Command("serve").description("Run a broker until Ctrl-C.");
  return addSettingOptions(command)
    .option("--config <file>", "file with settings (default: rtmsg.toml, or rtmsg.config.ts or .js)")
    .option("--print-config", "print the settings and where each comes from, and end")
    .addHelpText(
      "after",
      `
Every option can also be set in the environment (RTMSG_MAX_LOG_BYTES for
--max-log-bytes) and in a file (maxLogBytes). A flag goes before the
environment, and that before the file. So it is with limits on what clients may
do, such as --limit-connections: docs/configuration.md has them all.

Examples:
  rtmsg serve
  rtmsg serve --port 4000 --topics ./topics.ts
  rtmsg serve --host 0.0.0.0 --auth-tokens tokens.json
  rtmsg serve --engine nats://10.0.0.5:4222
  rtmsg serve --print-config`,
    )
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  using stop = listenForStop();
  const file = await readConfigFile(flags.config ?? (process.env["RTMSG_CONFIG"] || undefined));
  const resolved = resolveSettings({ flags, variables: process.env, file });
  if (flags.printConfig === true) {
    for (const line of printedSettings(resolved)) await stdout.line(line);
    return;
  }
  const { settings } = resolved;
  const topics = typeof settings.topics === "string" ? await loadTopics(settings.topics) : settings.topics;
  // Loaded here, so that the other commands start sooner.
  const { startServer } = await import("@rtmsg/server");
  const { serverLogger } = await import("../server-logger.js");
  const logger = serverLogger(settings);
  const engine = await chooseEngine(settings, logger);
  const { description, ...security } = await chooseAuth(settings, logger);
  const server = await startServer({
    ...serverOptionsOf(settings),
    ...security,
    console: !settings.withoutConsole,
    dedupe: { window: settings.dedupeWindow, maxIds: settings.dedupeIds },
    topics,
    engine: engine.open,
    logger,
  }).catch((error: unknown) => {
    throw explainStartFailure(error, settings.host, settings.port);
  });
  await using _closed = server;
  await stdout.line(`Broker server running at ${server.url}`);
  await stdout.line(`Engine: ${engine.description}. ${describeTopics(topics, settings.undeclaredTopics)}.`);
  if (description !== undefined) await stdout.line(`${description}.`);
  await aborted(stop.signal);
  // A second signal can still end the process.
  await closeInTime(server, settings.drainTimeout);
}

/** Closes a server; what does not come to its end in time ends with the process. */
async function closeInTime(server: RtmsgServer, ms: number): Promise<void> {
  const late = new AbortController();
  const inTime = await Promise.race([
    server.close({ drainMs: ms }).then(() => true),
    delay(ms, false, { signal: late.signal }).catch(() => true),
  ]);
  late.abort();
  if (inTime) return;
  process.stderr.write(`error: Not everything had come to its end after ${ms} ms: see --drain-timeout\n`);
  process.exit(EXIT.failed);
}

function describeTopics(topics: Topics | undefined, undeclared: Settings["undeclaredTopics"]): string {
  const names = topics === undefined ? "" : namedTopics(topics);
  if (names === "") return undeclared === "deny" ? "Topics: none may be used" : "Topics: any";
  const others = undeclared === "allow" ? ", and any other" : "";
  return `Topics: ${names}${others}`;
}
