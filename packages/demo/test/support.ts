import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** For `expect.poll`: as long as a busy machine may take to start a process. */
export const PATIENCE = { timeout: 10_000 } as const;

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** The demo as it was built, in a process of its own. */
export class RunningDemo implements AsyncDisposable {
  readonly #child;
  readonly #ended: Promise<number | string>;
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { RTMSG_URL: _url, ...clean } = process.env;
    this.#child = spawn(process.execPath, [MAIN, ...args], { env: { ...clean, ...env } });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.#ended = once(this.#child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The exit code, or the signal that ended it. */
  ended(): Promise<number | string> {
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
