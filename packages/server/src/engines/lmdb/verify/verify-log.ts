import { fork } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DataFolder } from "../data-folder.js";
import { readFileHeader } from "../file-header.js";
import { DEFAULT_TUNING } from "../tuning.js";
import type { VerifyMessage } from "./verify-message.js";

/** Options of `verifyLog`. */
export interface VerifyOptions {
  /** Told how many of the log's blocks are checked. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** What was found in a data folder. */
export interface LogReport {
  /** What is wrong, each with where; empty when the log is sound. At most 100. */
  readonly problems: readonly string[];
  /** How many things are wrong. */
  readonly problemCount: number;
  /** Topics, blocks, events and bytes that were checked. */
  readonly topics: number;
  readonly blocks: number;
  readonly events: number;
  readonly bytes: number;
}

/** Most problems that a report names. */
const MAX_PROBLEMS = 100;

/**
 * Checks a data folder that no broker holds: the file's header, every table, every block's checksums, the
 * directories against the blocks, and the index and the topics' records against the directories. Nothing is
 * changed. It reads the whole log, in a process of its own: damaged pages can end the one that reads them.
 *
 * @param folder - the data folder
 * @param options - `onProgress`, `signal`
 * @returns what was found
 * @throws Error when there is no log, or a broker holds it
 * @example
 * ```ts
 * const { problems } = await verifyLog("./data");
 * for (const problem of problems) console.error(problem);
 * ```
 */
export async function verifyLog(folder: string, options: VerifyOptions = {}): Promise<LogReport> {
  const file = join(folder, "data.mdb");
  if (!existsSync(file)) throw new Error(`There is no log in ${resolve(folder)}: name the folder of one`);
  const hadLock = existsSync(`${file}-lock`);
  const held = await DataFolder.take(folder, DEFAULT_TUNING.watchMs);
  try {
    const report = { problems: [] as string[], problemCount: 0, topics: 0, blocks: 0, events: 0, bytes: 0 };
    const add = (problem: string): void => {
      if (report.problemCount++ < MAX_PROBLEMS) report.problems.push(problem);
    };
    if (checkHeader(file, add)) await readInChild(file, report, add, options);
    return report;
  } finally {
    if (!hadLock) rmSync(`${file}-lock`, { force: true });
    held.release();
  }
}

/** @returns whether lmdb can be tried on the file */
function checkHeader(file: string, add: (problem: string) => void): boolean {
  try {
    const header = readFileHeader(file);
    if (header === undefined) add("data.mdb is empty");
    else if (header.mayBeLost) {
      add(
        "The newest commit was not known to be on the disk when the machine went down: the next start goes back to the one before",
      );
    }
    return header !== undefined;
  } catch (error) {
    add((error as Error).message);
    return false;
  }
}

type Counts = Pick<LogReport, "topics" | "blocks" | "events" | "bytes">;

function readInChild(
  file: string,
  report: { -readonly [P in keyof Counts]: number },
  add: (problem: string) => void,
  { onProgress, signal }: VerifyOptions,
): Promise<void> {
  const module = fileURLToPath(new URL("./verify-main.js", import.meta.url));
  const child = fork(module, [file], { execArgv: [], stdio: ["ignore", "ignore", "ignore", "ipc"], signal });
  let stage = "data.mdb";
  let isDone = false;
  return new Promise((done, fail) => {
    child.on("message", (message: VerifyMessage) => {
      if (message.type === "problem") add(message.text);
      else if (message.type === "stage") ({ stage } = message);
      else if (message.type === "progress") onProgress?.(message.done, message.total);
      else {
        isDone = true;
        Object.assign(report, message.counts);
      }
    });
    child.once("error", fail);
    child.once("exit", (code, ended) => {
      if (!isDone && signal?.aborted !== true) {
        add(
          `Reading ${stage} ended the process that did (${ended ?? `exit code ${code}`}): pages of data.mdb are damaged or missing`,
        );
      }
      done();
    });
  });
}
