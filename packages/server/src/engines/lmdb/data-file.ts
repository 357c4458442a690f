import { spawn } from "node:child_process";
import { accessSync, closeSync, constants, existsSync, fsyncSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { open } from "lmdb";
import { readFileHeader } from "./file-header.js";
import { describeWriteError } from "./write-error.js";

/**
 * Reads every page of a file that is shorter than its last commit says. lmdb leaves the end of a file
 * out where it holds nothing; where it does hold something, reading it ends the process, so another one
 * has to.
 */
const READ_ALL = `
  const { open } = require(process.argv[1]);
  const env = open({ path: process.argv[2], noSubdir: true, readOnly: true, maxDbs: 8 });
  for (const name of [...env.getKeys({})]) {
    const table = env.openDB({ name: String(name), encoding: "binary" });
    for (const { value } of table.getRange({})) value.length;
  }
  process.exit(0);
`;

/**
 * Looks at a log's file before lmdb does: where lmdb cannot open a file, the process may end.
 *
 * @returns whether its newest commit may have been lost
 * @throws Error when the file may not be written, is none of lmdb, or is cut short
 */
export async function checkDataFile(file: string): Promise<{ mayBeLost: boolean }> {
  if (existsSync(`${file}-lock`)) accessSync(`${file}-lock`, constants.R_OK | constants.W_OK);
  const header = readFileHeader(file);
  if (header === undefined) return { mayBeLost: false };
  const { fileBytes, usedBytes, mayBeLost } = header;
  if (fileBytes < usedBytes && !(await canBeRead(file))) {
    throw new Error(`data.mdb is ${fileBytes} bytes, and its last commit needs ${usedBytes}`);
  }
  return { mayBeLost };
}

/**
 * Goes back to the newest commit that is known to be on the disk, after relaxed writes and a crash of
 * the machine. Opened in durable mode, lmdb would take the newest that it finds.
 */
export async function recoverUnsynced(file: string): Promise<void> {
  const env = open({
    path: file,
    noSubdir: true,
    maxDbs: 8,
    overlappingSync: true,
    eventTurnBatching: false,
    noMemInit: true,
  });
  const meta = env.openDB<unknown, string>({ name: "meta", encoding: "json" });
  // Each of the two records of commits is written anew, so that none is left that may be of lost pages.
  try {
    for (let commit = 0; commit < 2; commit++) {
      await env.batch(() => void meta.put("touched", commit));
      await env.flushed;
    }
  } catch (error) {
    throw await describeWriteError(error, dirname(file));
  }
  await env.close();
}

/** Makes sure that the machine finds a new file again after it went down. */
export function syncFolder(path: string): void {
  for (const folder of [path, dirname(path)]) {
    try {
      const handle = openSync(folder, "r");
      fsyncSync(handle);
      closeSync(handle);
    } catch {
      // Not every system lets a folder be synced.
    }
  }
}

function canBeRead(file: string): Promise<boolean> {
  const lmdb = createRequire(import.meta.url).resolve("lmdb");
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["-e", READ_ALL, lmdb, file], { stdio: "ignore" });
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });
}
