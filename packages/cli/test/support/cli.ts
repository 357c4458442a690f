import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The command as it was built: what users run. */
export const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** How a command ended. */
export interface Ended {
  /** The exit code, or the signal that ended the process. */
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; empty without. */
  readonly input?: string | Buffer;
}

/** A command that runs. */
export class RunningCli implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<Ended>;
  stdout = "";
  stderr = "";

  constructor(command: string, args: readonly string[], { cwd, env }: RunOptions = {}) {
    this.#child = spawn(command, args, { cwd, env: { ...cleanEnvironment(), ...env } });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    // A command may end before it has read its input.
    this.#child.stdin.on("error", () => undefined);
    this.#ended = once(this.#child, "close").then(([code, signal]) => ({
      code: (code ?? signal) as number | NodeJS.Signals,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  get stdin(): NodeJS.WritableStream {
    return this.#child.stdin;
  }

  /** What `rtmsg serve` said it is at. */
  async url(): Promise<string> {
    const [, url] = await this.printed(/^Broker server running at (\S+)$/m);
    return url as string;
  }

  /** Resolves when standard output matches; rejects when the command ends without. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout);
      if (match !== null) return match;
      const more = once(this.#child.stdout, "data").then(() => true);
      if (await Promise.race([more, this.#ended.then(() => false)])) continue;
      const last = pattern.exec(this.stdout);
      if (last !== null) return last;
      throw new Error(`ended without printing ${String(pattern)}:\n${this.stdout}${this.stderr}`);
    }
  }

  /** Closes the reading end of its standard output, as `head` does. */
  stopReading(): void {
    this.#child.stdout.destroy();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

/** Starts `rtmsg` with arguments. */
export function startCli(args: readonly string[], options?: RunOptions): RunningCli {
  return new RunningCli(process.execPath, [MAIN, ...args], options);
}

/** Runs `rtmsg` with arguments to its end. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  await using cli = startCli(args, options);
  cli.stdin.end(options.input ?? "");
  return await cli.ended();
}

/** Nothing that colours output or names a broker may come from where the tests run. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { RTMSG_URL: _url, FORCE_COLOR: _force, NO_COLOR: _no, CI: _ci, ...env } = process.env;
  return env;
}
