import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("./children/broker.mjs", import.meta.url));

/** A broker in another process, from the build. */
export interface ChildBroker extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** What it wrote to stderr so far. */
  readonly errors: () => string;
  /** Ends it with a signal; resolves with its exit code, or null when the signal ended it. */
  readonly end: (signal: "SIGKILL" | "SIGTERM") => Promise<number | null>;
}

/** How a child is started. */
export interface ChildOptions {
  readonly durability?: "durable" | "relaxed";
  /** A command to run it under, such as `strace`, with its arguments. */
  readonly under?: readonly string[];
}

/**
 * Starts a broker in another process.
 *
 * @throws Error with what it wrote to stderr, when it ends instead of starting
 */
export async function startChildBroker(
  folder: string,
  { durability = "durable", under = [] }: ChildOptions = {},
): Promise<ChildBroker> {
  const line = [...under, process.execPath, SCRIPT, folder, durability];
  const child = spawn(line[0] as string, line.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const ended = once(child, "exit") as Promise<[number | null]>;
  const url = await Promise.race([firstLine(child), ended.then(() => undefined)]);
  if (url === undefined) throw new Error(errors.trim() || "The broker ended without a word");
  const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<number | null> => {
    child.kill(signal);
    return (await ended)[0];
  };
  return {
    url,
    pid: child.pid as number,
    errors: () => errors,
    end,
    [Symbol.asyncDispose]: async () => {
      await end("SIGKILL");
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    if (child.stdout !== null) createInterface({ input: child.stdout }).once("line", resolve);
  });
}
