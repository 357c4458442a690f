import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Who holds a data folder. */
interface Holder {
  readonly pid: number;
  /** When the process began, where the system tells: a process id may be used again. */
  readonly started: string | undefined;
}

/** Folders that this process holds. */
const held = new Set<string>();

/** A log's folder, held by one process at a time. */
export class DataFolder {
  readonly path: string;
  readonly #lock: string;

  /**
   * Makes the folder if need be, and takes hold of it.
   *
   * @throws Error when another process, or another broker of this one, holds it
   */
  constructor(path: string) {
    mkdirSync(path, { recursive: true });
    this.path = realpathSync(path);
    this.#lock = join(this.path, "rtmsg.lock");
    if (held.has(this.path)) throw heldBy(this.path, `this process (${process.pid})`);
    this.#take();
    held.add(this.path);
  }

  /** Lets go of the folder. */
  release(): void {
    if (!held.delete(this.path)) return;
    rmSync(this.#lock, { force: true });
  }

  #take(): void {
    const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Holder);
    try {
      writeFileSync(this.#lock, mine, { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = readHolder(this.#lock);
    if (holder !== undefined && isAlive(holder)) throw heldBy(this.path, `process ${holder.pid}`);
    // Its holder was killed; whoever removes the file first may make a new one.
    rmSync(this.#lock, { force: true });
    writeFileSync(this.#lock, mine, { flag: "wx" });
  }
}

function heldBy(path: string, holder: string): Error {
  return new Error(
    `The data folder ${path} is held by ${holder}: stop that broker, or use another folder (--data)`,
  );
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    // A crash in the middle of writing leaves a file that says nothing.
    return undefined;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  // After a restart of a container the own id may be the one in the file.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return started === undefined || startOf(pid) === started;
}

/** When a process began, in the system's ticks; undefined where the system does not tell. */
function startOf(pid: number): string | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  try {
    // The name, in parentheses, may hold spaces; the start is the 20th field after it.
    return readFileSync(file, "utf8").split(") ").at(-1)?.split(" ")[19];
  } catch {
    return undefined;
  }
}

/** Identifies the machine's boot; empty where the system does not tell. */
export function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
