import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("broker-main.js", import.meta.url));

/** A broker in a process of its own, with its log in a temporary folder. */
export class TourBroker implements AsyncDisposable {
  readonly #folder: string;
  #process: ChildProcess;
  readonly url: string;

  private constructor(folder: string, child: ChildProcess, url: string) {
    this.#folder = folder;
    this.#process = child;
    this.url = url;
  }

  static async start(): Promise<TourBroker> {
    const folder = await mkdtemp(join(tmpdir(), "rtmsg-tour-"));
    const child = spawn(folder, "0");
    return new TourBroker(folder, child, await started(child));
  }

  /** Ends the process at once, as a power cut would. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }

  /** Starts it again, on the same log and the same port. */
  async restart(): Promise<void> {
    this.#process = spawn(this.#folder, new URL(this.url).port);
    await started(this.#process);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function spawn(folder: string, port: string): ChildProcess {
  return fork(MAIN, [folder, port], { execArgv: [] });
}

/** Resolves with the URL once the broker serves. */
async function started(child: ChildProcess): Promise<string> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`The tour's broker ended at its start, with ${String(code)}`);
  });
  const [url] = (await Promise.race([once(child, "message"), ended])) as [string];
  ended.catch(() => undefined);
  return url;
}
