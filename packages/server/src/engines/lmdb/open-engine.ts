import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EngineSettings } from "../../log/engine.js";
import { isRtmsgError } from "../../protocol/error.js";
import { removeCopies } from "./backup.js";
import { checkDataFile, recoverUnsynced, syncFolder } from "./data-file.js";
import { DataFolder } from "./data-folder.js";
import { LmdbEngine } from "./lmdb-engine.js";
import { OpenLog } from "./open-log.js";
import { Reserve } from "./reserve.js";
import { NewerFormatError, Tables } from "./tables.js";
import { DEFAULT_TUNING, type LmdbTuning } from "./tuning.js";
import { isSpaceError, requireRoom } from "./write-error.js";

/** Where and how a log is kept. */
export interface LmdbLocation {
  readonly path: string;
  readonly isRelaxed: boolean;
  readonly maxLogBytes: number | undefined;
}

/**
 * Opens the engine on a folder.
 *
 * @throws Error when the folder is held by another process, damaged, or of a newer version
 */
export async function openEngine(
  { path, isRelaxed, maxLogBytes }: LmdbLocation,
  settings: EngineSettings,
  tuning: LmdbTuning = DEFAULT_TUNING,
): Promise<LmdbEngine> {
  const folder = await takeFolder(path, tuning);
  let tables: Tables | undefined;
  try {
    removeCopies(folder.path);
    tables = await openTables(folder.path, isRelaxed, tuning);
    const log = new OpenLog(tables, isRelaxed, tuning.bootId());
    await log.begin();
    const reserve = new Reserve(folder.path);
    return new LmdbEngine({ folder, tables, log, reserve, settings, maxLogBytes, tuning });
  } catch (error) {
    await tables?.close();
    folder.release();
    throw error;
  }
}

/** Takes hold of the folder; on a full disk with what is held back for that. */
async function takeFolder(path: string, tuning: LmdbTuning): Promise<DataFolder> {
  try {
    return await DataFolder.take(path, tuning.watchMs);
  } catch (error) {
    if (!isSpaceError(error) || !new Reserve(path).release()) throw error;
    return await DataFolder.take(path, tuning.watchMs);
  }
}

async function openTables(path: string, isRelaxed: boolean, tuning: LmdbTuning): Promise<Tables> {
  const file = join(path, "data.mdb");
  if (!existsSync(file)) {
    await requireRoom(path);
    const tables = new Tables(path, isRelaxed, tuning);
    syncFolder(path);
    return tables;
  }
  try {
    if ((await checkDataFile(file)).mayBeLost) await recoverUnsynced(file);
    return new Tables(path, isRelaxed, tuning);
  } catch (cause) {
    if (cause instanceof NewerFormatError || isRtmsgError(cause) || isRefused(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `The log in ${path} cannot be opened, it is damaged or no log of rtmsg (${reason}): restore a backup, or move the folder away to start anew`,
      { cause },
    );
  }
}

/** Whether the system did not let this process at the file. */
function isRefused(error: unknown): boolean {
  return ["EACCES", "EPERM", "EROFS"].includes(String((error as NodeJS.ErrnoException).code));
}
