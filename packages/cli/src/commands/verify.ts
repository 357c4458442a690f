import { Command } from "commander";
import { CliError } from "../cli-error.js";
import { EXIT } from "../exit-codes.js";
import { count, describeSize } from "../io/amounts.js";
import { stdout } from "../io/output.js";
import { Progress } from "../io/progress.js";
import { listenForStop } from "../io/signals.js";

interface VerifyFlags {
  readonly data?: string;
  readonly json?: boolean;
}

/** `rtmsg verify`. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description("Check a data folder, and say what is wrong with it.")
    .argument("[folder]", "the folder, which no broker holds (default: .rtmsg)")
    .option("--data <folder>", "the same, as serve has it")
    .option("--json", "print what was found as JSON")
    .addHelpText(
      "after",
      `
Reads the whole log, and changes nothing: the file's header, every table, the
checksum of each block, directories and index against the blocks, and what is
known of topics against both. Exits with 1 when something is wrong.

To check the log of a broker that runs, back it up and check the copy.

Examples:
  rtmsg verify
  rtmsg verify backups/monday
  rtmsg verify --data /var/lib/rtmsg --json | jq .problems`,
    )
    .action(verify);
}

async function verify(argument: string | undefined, flags: VerifyFlags): Promise<void> {
  const folder = argument ?? flags.data ?? ".rtmsg";
  using stop = listenForStop();
  // Loaded here, so that the other commands start sooner.
  const { verifyLog } = await import("@rtmsg/server");
  let progress: Progress | undefined;
  const onProgress = (done: number, total: number): void => {
    progress ??= new Progress({ what: "Verifying", unit: "block", total });
    progress.to(done);
  };
  const { signal } = stop;
  const report = await verifyLog(folder, { onProgress, signal })
    .catch((cause: unknown) => {
      if (signal.aborted) throw new CliError("Interrupted before all was checked", EXIT.interrupted);
      throw new CliError((cause as Error).message, undefined, { cause });
    })
    .finally(() => progress?.[Symbol.dispose]());
  const { problems, problemCount, topics, blocks, events, bytes } = report;
  if (flags.json === true) await stdout.line(JSON.stringify({ folder, ...report }));
  else {
    for (const problem of problems) await stdout.line(problem);
    if (problemCount > problems.length)
      await stdout.line(`and ${count(problemCount - problems.length, "more problem")}`);
  }
  if (problemCount > 0) {
    throw new CliError(
      `${folder} has ${count(problemCount, "problem")}: restore a backup, or export what can be read and import it into a new log`,
    );
  }
  if (flags.json === true) return;
  const what = `${count(events, "event")} of ${count(topics, "topic")} in ${count(blocks, "block")}, ${describeSize(bytes)}`;
  await stdout.line(`${folder} is sound: ${what}`);
}
