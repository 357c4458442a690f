import { CommanderError } from "commander";
import { EXIT } from "./exit-codes.js";
import { stdout } from "./io/output.js";
import { createProgram } from "./program.js";
import { reportError } from "./report-error.js";

/**
 * Runs the command line to its end.
 *
 * @param args - what follows `rtmsg`
 * @returns the exit code
 */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: "user" });
    stdout.throwIfFailed();
    return EXIT.ok;
  } catch (error) {
    // commander has printed what was wrong, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return reportError(error);
  }
}
