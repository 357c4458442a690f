import { lmdbEngine, startServer, type RtmsgServer, type TypesOf } from "@rtmsg/server";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { topics } from "../src/topics.js";

type M = TypesOf<typeof topics>;

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".woff2": "font/woff2",
};

/**
 * The example as its users run it: the page, built by vite and served, and a broker that keeps its log in a folder
 * of its own.
 */
export class Example implements AsyncDisposable {
  readonly #folder: string;
  /** The folder of the log, in the example's. */
  #log = "log";
  #port = 0;
  #broker: RtmsgServer<M> | undefined;
  #site: Site | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts the broker, and builds and serves the page that knows it. */
  static async start(): Promise<Example> {
    const example = new Example(await mkdtemp(join(tmpdir(), "rtmsg-react-")));
    try {
      await example.#start();
      return example;
    } catch (error) {
      await example[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #start(): Promise<void> {
    await this.startBroker();
    // In a test it gets React's development build, which warns of mistakes: vite respects NODE_ENV.
    const outDir = join(this.#folder, "site");
    await build({
      root: ROOT,
      envDir: false,
      logLevel: "error",
      define: { "import.meta.env.VITE_BROKER_URL": JSON.stringify(this.#broker?.url) },
      build: { outDir },
    });
    this.#site = await startSite(outDir);
  }

  /** Where the page is. */
  get url(): string {
    return this.#site?.url ?? "";
  }

  /** Stores a message that does not come from a page. */
  async say(author: string, text: string): Promise<void> {
    await this.#broker?.broker.produce({ topic: "chat.launch", data: { author, text } });
  }

  /** The texts that the log holds. */
  async texts(): Promise<string[]> {
    const page = await this.#broker?.broker.history({ topic: "chat.launch", limit: 1_000 });
    return page?.events.map(({ data }) => data.text) ?? [];
  }

  /** Stops the broker, as an operator would. */
  async stopBroker(): Promise<void> {
    await this.#broker?.close();
    this.#broker = undefined;
  }

  /** Starts it with its log, where it was before. */
  async startBroker(): Promise<void> {
    const engine = lmdbEngine({ path: join(this.#folder, this.#log) });
    this.#broker = await startServer<M>({ topics, port: this.#port, engine });
    this.#port = Number(new URL(this.#broker.url).port);
  }

  /** The next broker has a log of its own, as after a disk that was lost. */
  loseLog(): void {
    this.#log = "another-log";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#site?.close();
    await this.stopBroker();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the files of a folder. */
async function startSite(folder: string): Promise<Site> {
  const site = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = pathname === "/" ? "index.html" : normalize(pathname);
    readFile(join(folder, file)).then(
      (content) => response.setHeader("content-type", TYPES[extname(file)] ?? "text/plain").end(content),
      () => response.writeHead(404).end(),
    );
  }).listen(0, "127.0.0.1");
  await once(site, "listening");
  return {
    url: `http://localhost:${(site.address() as AddressInfo).port}/`,
    async close() {
      site.closeAllConnections();
      await new Promise((resolve) => site.close(resolve));
    },
  };
}
