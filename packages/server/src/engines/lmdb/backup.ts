import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { open } from "lmdb";
import type { LogBackup } from "../../log/engine.js";
import { RtmsgError } from "../../protocol/error.js";
import { checkDataFile, syncFolder } from "./data-file.js";
import { DataFolder } from "./data-folder.js";
import { makeFolder } from "./make-folder.js";
import { sealMeta, type LogMeta } from "./log-meta.js";
import { DEFAULT_TUNING } from "./tuning.js";

/** Begins the names of copies that are being made in a data folder. */
const COPY = "rtmsg.backup-";
/** What a copy leaves free of the disk, in bytes: the broker goes on writing meanwhile. */
const SPARE_BYTES = 16 * 1_048_576;

/** What can copy itself as it is at one moment, while it is written to. */
interface Copied {
  backup(path: string, compact: boolean): Promise<void>;
}

/**
 * Makes a copy of a log beside it, as it is at one moment.
 *
 * @param folder - the data folder
 * @param env - the environment, which may be written to meanwhile
 * @param bytes - about how large the copy will be
 * @throws RtmsgError `STORAGE_FULL`
 */
export async function makeCopy(folder: string, env: Copied, bytes: number): Promise<LogBackup> {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < bytes + SPARE_BYTES) {
    throw new RtmsgError(
      "STORAGE_FULL",
      `A backup needs up to ${bytes + SPARE_BYTES} free bytes on the disk of ${folder}, which has ${free}: free some`,
    );
  }
  const file = join(folder, `${COPY}${randomBytes(6).toString("hex")}`);
  const remove = (): void => {
    for (const name of [file, `${file}-lock`]) rmSync(name, { force: true });
  };
  try {
    await env.backup(file, true);
    await markAsCopy(file);
    return { file, bytes: statSync(file).size, [Symbol.dispose]: remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Removes what a broker that was killed has left of copies. */
export function removeCopies(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(COPY)) rmSync(join(folder, name), { force: true });
  }
}

/** Notes in a copy that it is one: opened as a log, it is another log. */
async function markAsCopy(file: string): Promise<void> {
  const env = open({ path: file, noSubdir: true, maxDbs: 8, eventTurnBatching: false });
  try {
    const meta = env.openDB<LogMeta, string>({ name: "meta", encoding: "json" });
    const log = meta.get("log");
    if (log !== undefined) await env.batch(() => void meta.put("log", sealMeta({ ...log, isCopy: true })));
    await env.flushed;
  } finally {
    await env.close();
  }
}

/** What a backup of a folder made. */
export interface BackupResult {
  /** The copy's size, in bytes. */
  readonly bytes: number;
}

/**
 * Copies a data folder that no broker holds. A broker that is started on the copy has a new epoch, so that
 * cursors of before are a gap.
 *
 * @param folder - the data folder
 * @param to - the folder for the copy; it must not hold a log
 * @throws Error when a broker holds the folder, there is no log in it, it is damaged, or `to` holds one
 * @example
 * ```ts
 * await backupLog("./data", "./backups/2026-01-01");
 * ```
 */
export async function backupLog(folder: string, to: string): Promise<BackupResult> {
  const file = join(folder, "data.mdb");
  const target = join(to, "data.mdb");
  if (!existsSync(file)) throw new Error(`There is no log in ${resolve(folder)}: name the folder of one`);
  if (existsSync(target)) throw new Error(`${resolve(to)} holds a log already: name another folder`);
  const held = await DataFolder.take(folder, DEFAULT_TUNING.watchMs);
  try {
    await checkDataFile(file);
    makeFolder(to);
    const env = open({ path: file, noSubdir: true, maxDbs: 8, readOnly: true });
    try {
      using copy = await makeCopy(to, env, statSync(file).size);
      renameSync(copy.file, target);
      syncFolder(dirname(target));
      return { bytes: copy.bytes };
    } finally {
      await env.close();
    }
  } finally {
    held.release();
  }
}
