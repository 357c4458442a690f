import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { anonymousBytesOf } from "../harness/anonymous-memory.js";
import { TempFolder } from "../harness/temp-folder.js";
import type { ServerProcess, Usage } from "./server-process.js";

/** The servers that are programs of their own. */
export type Binary = "redis-server" | "nats-server";

const START_MS = 10_000;
/** Its default of 10,000 has no room for the producer beside so many subscribers. */
const MAX_CLIENTS = 15_000;
/** A tick of /proc/PID/stat: Linux tells it in hundredths of a second on every machine. */
const TICK_MICROS = 10_000;

/** How such a server is started. */
export interface BinaryServerOptions {
  /** Whether it keeps what it is given: Redis in a file that it syncs always, NATS with JetStream. */
  readonly keeps?: boolean;
}

/** The program on the PATH; undefined where there is none. */
export function findBinary(binary: Binary): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, binary)).find((file) => existsSync(file));
}

/** A server that is a program of its own, with its own settings but for persistence; /proc tells its usage. */
export class BinaryServer implements ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: TempFolder;

  private constructor(child: ChildProcess, port: number, folder: TempFolder) {
    this.#child = child;
    this.port = port;
    this.#folder = folder;
  }

  static async start(binary: Binary, { keeps = false }: BinaryServerOptions = {}): Promise<BinaryServer> {
    const file = findBinary(binary);
    if (file === undefined) throw new Error(`There is no ${binary} on the PATH`);
    const port = await freePort();
    const folder = new TempFolder();
    const child = spawn(file, argumentsOf(binary, port, folder.path, keeps), { stdio: "ignore" });
    const server = new BinaryServer(child, port, folder);
    const kill = (): void => void child.kill("SIGKILL");
    process.once("exit", kill);
    child.once("exit", () => process.off("exit", kill));
    const end = performance.now() + START_MS;
    while (!(await answers(port))) {
      if (child.exitCode !== null || performance.now() > end) throw new Error(`${binary} does not start`);
      await sleep(20);
    }
    return server;
  }

  usage(): Promise<Usage> {
    const read = (name: string): string => readFileSync(`/proc/${this.#child.pid}/${name}`, "utf8");
    // The name of the program, in brackets, may have spaces in it.
    const fields = read("stat").split(") ").at(-1)?.split(" ") ?? [];
    const ticks = Number(fields[11]) + Number(fields[12]);
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(read("status"))?.[1]);
    const residentBytes = kilobytes * 1_024;
    const anonymousBytes = anonymousBytesOf(this.#child.pid as number) ?? residentBytes;
    return Promise.resolve({ cpuMicros: ticks * TICK_MICROS, residentBytes, anonymousBytes });
  }

  async close(): Promise<void> {
    const closed = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await closed;
    this.#folder[Symbol.dispose]();
  }
}

function argumentsOf(binary: Binary, port: number, folder: string, keeps: boolean): string[] {
  if (binary === "redis-server") {
    // Rewriting its file would cost it some of a round.
    const log = keeps ? "appendonly yes\nappendfsync always\nauto-aof-rewrite-percentage 0" : "appendonly no";
    const text = `port ${port}\nbind 127.0.0.1\ndir ${folder}\nmaxclients ${MAX_CLIENTS}\nsave ""\n${log}\n`;
    return [written(join(folder, "redis.conf"), text)];
  }
  const jetStream = keeps ? `jetstream { store_dir: "${folder}" }\n` : "";
  // A ping would have to be answered.
  const text = `host: "127.0.0.1"\nport: ${port}\nping_interval: "1h"\n${jetStream}`;
  return ["-c", written(join(folder, "nats.conf"), text)];
}

function written(file: string, text: string): string {
  writeFileSync(file, text);
  return file;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
