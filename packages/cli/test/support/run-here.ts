import { vi } from "vitest";
import { run } from "../../src/run.js";
import type { Ended } from "./cli.js";

/**
 * Runs `rtmsg` with arguments in this process: for the many cases that need no process of their own.
 * Not for what reads standard input.
 */
export async function runHere(args: readonly string[]): Promise<Ended> {
  const printed = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      printed[name] += String(text);
      return true;
    }),
  );
  try {
    return { code: await run(args), ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
