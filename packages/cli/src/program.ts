import { Command } from "commander";
import { backupCommand } from "./commands/backup.js";
import { benchCommand } from "./commands/bench.js";
import { exportCommand } from "./commands/export.js";
import { generateCommand } from "./commands/generate.js";
import { importCommand } from "./commands/import.js";
import { produceCommand } from "./commands/produce.js";
import { serveCommand } from "./commands/serve.js";
import { subscribeCommand } from "./commands/subscribe.js";
import { tokenCommand } from "./commands/token.js";
import { topicsCommand } from "./commands/topics.js";
import { verifyCommand } from "./commands/verify.js";
import { EXIT_CODES_HELP } from "./exit-codes.js";
import { VERSION } from "./version.js";

/** The command line: every command with its options and help. */
export function createProgram(): Command {
  const program = new Command("rtmsg")
    .description("A real-time event broker: topics that are kept in a log, produced to and subscribed to.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText(
      "after",
      `
Examples:
  rtmsg serve
  rtmsg produce newtopic '{"total": 12}'
  rtmsg subscribe newtopic --from earliest
  rtmsg topics
  rtmsg generate --out src/events.ts

A broker that asks who you are takes the token in RTMSG_TOKEN, or in the file that RTMSG_TOKEN_FILE names.

Each command has its own help: rtmsg serve --help`,
    );
  const commands = [
    serveCommand(),
    produceCommand(),
    subscribeCommand(),
    topicsCommand(),
    exportCommand(),
    importCommand(),
    backupCommand(),
    verifyCommand(),
    benchCommand(),
    generateCommand(),
    tokenCommand(),
  ];
  for (const command of commands) {
    program.addCommand(command);
  }
  for (const command of [...commands, ...commands.flatMap((one) => one.commands)]) {
    command.helpOption("-h, --help", "print this help").addHelpText("after", EXIT_CODES_HELP);
    command.exitOverride();
  }
  // Options of topics are not those of its commands.
  program.enablePositionalOptions().exitOverride();
  return program;
}
