import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

/** What a command printed, and how it ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A shell that keeps its folder from one command to the next, as a person's does. */
export class Shell implements AsyncDisposable {
  readonly #env: NodeJS.ProcessEnv;
  readonly #running: RunningCommand[] = [];
  cwd: string;

  constructor(cwd: string, env: Readonly<Record<string, string>>) {
    this.cwd = cwd;
    // npm tells its children where it runs, and an npm of theirs would go by it.
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(npm_|INIT_CWD|VITEST|NODE_ENV)/i.test(name),
    );
    this.#env = { ...Object.fromEntries(inherited), ...env };
  }

  /** Runs commands to their end. */
  async run(commands: string): Promise<Finished> {
    const command = this.start(`set -e\n${commands}\nprintf '\\n%s' "$PWD" >&3`);
    const finished = await command.finished;
    const folder = command.folder.trim();
    if (folder !== "") this.cwd = folder;
    return finished;
  }

  /** Starts commands that stay. */
  start(commands: string): RunningCommand {
    const command = new RunningCommand(commands, this.cwd, this.#env);
    this.#running.push(command);
    return command;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const command of this.#running) command.signal("SIGKILL");
    await Promise.all(this.#running.map(({ finished }) => finished));
  }
}

/** A command in a process group of its own. */
export class RunningCommand {
  readonly #child: ChildProcess;
  readonly finished: Promise<Finished>;
  stdout = "";
  stderr = "";
  /** The folder that it ended in. */
  folder = "";

  constructor(commands: string, cwd: string, env: NodeJS.ProcessEnv) {
    const stdio = ["ignore", "pipe", "pipe", "pipe"] as const;
    this.#child = spawn("bash", ["-c", commands], { cwd, env, stdio: [...stdio], detached: true });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.#child.stdio[3]?.on("data", (bytes: Buffer) => (this.folder += bytes.toString()));
    this.finished = once(this.#child, "close").then(([code]) => ({
      code: code as number | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  /** Sends a signal to the whole group, as a terminal does at Ctrl-C. */
  signal(name: NodeJS.Signals): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, name);
    } catch {
      // It has ended already.
    }
  }
}
