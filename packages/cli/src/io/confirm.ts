import { createInterface } from "node:readline/promises";
import { usageError } from "../cli-error.js";

/**
 * Asks a person whether to go on; anything but a yes is a no.
 *
 * @throws CliError where nobody can be asked
 */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw usageError(`${question} Nobody can be asked here: say --yes`);
  }
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D are a no, too.
  const over = new AbortController();
  asked.once("close", () => over.abort());
  try {
    return /^y(es)?$/i.test((await asked.question(`${question} [y/N] `, { signal: over.signal })).trim());
  } catch {
    process.stderr.write("\n");
    return false;
  } finally {
    asked.close();
  }
}
