import { lmdbEngine, startServer, type RtmsgServer, type ServerOptions, type TypesOf } from "@rtmsg/server";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { topics } from "./topics.js";

type M = TypesOf<typeof topics>;

const BUILT = fileURLToPath(new URL("../../server/console/index.html", import.meta.url));

/** A broker with its console, on a log of its own, which can be stopped and started again where it was. */
export class ConsoleUnderTest implements AsyncDisposable {
  readonly #folder: string;
  readonly #options: ServerOptions<M>;
  #port = 0;
  #server: RtmsgServer<M> | undefined;

  private constructor(folder: string, options: ServerOptions<M>) {
    this.#folder = folder;
    this.#options = options;
  }

  /** Starts one. */
  static async start(options: ServerOptions<M> = {}): Promise<ConsoleUnderTest> {
    if (!existsSync(BUILT)) throw new Error("The console is not built: npm run build");
    const started = new ConsoleUnderTest(await mkdtemp(join(tmpdir(), "rtmsg-console-")), options);
    try {
      await started.startBroker();
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where the console is. */
  get url(): string {
    return this.server.url;
  }

  get server(): RtmsgServer<M> {
    if (this.#server === undefined) throw new Error("The broker is stopped");
    return this.#server;
  }

  /** Stops the broker, as an operator would. */
  async stopBroker(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  /** Starts it with its log, where it was before. */
  async startBroker(): Promise<void> {
    const engine = lmdbEngine({ path: join(this.#folder, "log") });
    this.#server = await startServer<M>({ topics, engine, ...this.#options, port: this.#port });
    this.#port = Number(new URL(this.#server.url).port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopBroker();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
