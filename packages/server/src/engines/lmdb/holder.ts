import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Who holds a data folder. */
export interface Holder {
  readonly pid: number;
  /** When the process began, where the system tells: a process id may be used again. */
  readonly started: string;
  readonly host: string;
  /** The boot that the process id belongs to, and its name space: containers have their own. */
  readonly boot: string;
  readonly space: string;
}

/** This process. */
export function ownHolder(): Holder {
  const { pid } = process;
  return { pid, started: startOf(pid), host: hostname(), boot: readBootId(), space: pidSpace() };
}

/** Reads a lock file; undefined when it is gone, or says nothing because of a crash while it was written. */
export function readHolder(file: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(file, "utf8")) as Partial<Holder>;
    const { pid = 0, started = "", host = "", boot = "", space = "" } = holder;
    return Number.isSafeInteger(pid) && pid > 0 ? { pid, started, host, boot, space } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether two are the same process. */
export function isSameHolder(one: Holder, other: Holder): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Whether a holder still runs; undefined where this process cannot know, on another machine or container. */
export function isAlive({ pid, started, host, boot, space }: Holder): boolean | undefined {
  if (host !== hostname()) return undefined;
  if (boot !== readBootId()) return false;
  if (space !== pidSpace()) return undefined;
  // After a restart of a container the own id may be the one in the file.
  if (pid === process.pid) return started === "" || startOf(pid) === started ? undefined : false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return !hasEnded(pid) && (started === "" || startOf(pid) === started);
}

/** Identifies the machine's boot; empty where the system does not tell. */
export function readBootId(): string {
  return firstOf(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
}

function pidSpace(): string {
  return firstOf(() => readlinkSync("/proc/self/ns/pid"));
}

/** When a process began, in the system's ticks; empty where the system does not tell. */
function startOf(pid: number): string {
  return fieldsOf(pid)[19] ?? "";
}

/** Whether a holder on this machine was killed, and some of its threads are still at it. */
export function isEnding({ pid, started }: Holder): boolean {
  return startOf(pid) === started && fieldsOf(pid)[0] === "Z" && threadsOf(pid) > 1;
}

/** Whether a process has ended, though its parent has not asked how: some containers never do. */
function hasEnded(pid: number): boolean {
  return fieldsOf(pid)[0] === "Z" && threadsOf(pid) <= 1;
}

function threadsOf(pid: number): number {
  return Number(firstOf(() => String(readdirSync(`/proc/${pid}/task`).length)));
}

/** What the system tells of a process, from its state on. */
function fieldsOf(pid: number): string[] {
  // The name, in parentheses, may hold spaces.
  return (
    firstOf(() => readFileSync(`/proc/${pid}/stat`, "utf8"))
      .split(") ")
      .at(-1)
      ?.split(" ") ?? []
  );
}

function firstOf(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
