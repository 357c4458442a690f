import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A NATS server of a test's own, with JetStream, on this machine. */
export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Where it keeps its streams; removed at the end. */
  readonly folder: string;
  /** Ends the process. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** Starts it again, on the same port and folder. */
  start(): Promise<void>;
  /** Pauses and continues the process, as a machine that does not answer. */
  pause(): void;
  resume(): void;
}

/** What a server is told besides where to listen. */
export interface NatsServerOptions {
  /** More lines of its configuration. */
  readonly config?: string;
  readonly name?: string;
  readonly port?: number;
}

/** How long a server may take until it takes connections, in ms. */
const START_MS = 20_000;

function version(): string | undefined {
  try {
    return execFileSync("nats-server", ["--version"], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** The installed server's version; undefined where there is none. */
const natsVersion = version();

/** Whether tests may need a NATS server: where the binary is missing they are skipped, but not in CI. */
export const hasNats = natsVersion !== undefined || process.env["CI"] === "true";
if (!hasNats) process.stderr.write("nats-server is not installed: the tests that need it are skipped\n");

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Starts a server on a free port, with a store of its own. */
export async function startNats(options: NatsServerOptions = {}): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), "rtmsg-nats-"));
  const port = options.port ?? (await freePort());
  const file = join(folder, "nats.conf");
  const lines = [
    `listen: "127.0.0.1:${port}"`,
    ...(options.name === undefined ? [] : [`server_name: "${options.name}"`]),
    // An event of the largest size has headers besides.
    `max_payload: 4MB`,
    `jetstream { store_dir: "${join(folder, "store")}" }`,
    options.config ?? "",
  ];
  writeFileSync(file, lines.join("\n"));
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = await spawnServer(file);
  };
  const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    child.kill("SIGCONT");
    await ended;
  };
  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    folder,
    start,
    end,
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    async [Symbol.asyncDispose]() {
      await end("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function spawnServer(file: string): Promise<ChildProcess> {
  const child = spawn("nats-server", ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`nats-server did not start in ${START_MS} ms: ${output}`));
    }, START_MS);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      // Read to the end of its life, so that it is never held up by a full pipe.
      if (output.length < 100_000) output += text;
      if (!output.includes("Server is ready")) return;
      clearTimeout(timer);
      resolve(child);
    });
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`nats-server ended with ${code}: ${output}`));
    });
  });
}

/** Three servers that share their streams. */
export interface NatsCluster extends AsyncDisposable {
  readonly servers: readonly NatsServer[];
  /** All their addresses, as one option. */
  readonly url: string;
  /** The server of a name, as the cluster's answers call it. */
  named(name: string): NatsServer;
}

/** Starts a cluster of three. */
export async function startNatsCluster(): Promise<NatsCluster> {
  const names = ["n1", "n2", "n3"];
  const routes = await Promise.all(names.map(() => freePort()));
  const servers = await Promise.all(
    names.map((name, index) =>
      startNats({
        name,
        config: `cluster {
  name: "test"
  listen: "127.0.0.1:${routes[index]}"
  routes: [${routes.map((port) => `"nats://127.0.0.1:${port}"`).join(", ")}]
}`,
      }),
    ),
  );
  return {
    servers,
    url: servers.map(({ url }) => url).join(","),
    named: (name) => servers[names.indexOf(name)] as NatsServer,
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    },
  };
}
