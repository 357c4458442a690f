import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EngineSettings } from "../../log/engine.js";
import { DataFolder } from "./data-folder.js";
import { LmdbEngine } from "./lmdb-engine.js";
import { openMeta } from "./open-log.js";
import { Tables } from "./tables.js";
import { DEFAULT_TUNING, type LmdbTuning } from "./tuning.js";

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
  const folder = new DataFolder(path);
  let tables: Tables | undefined;
  try {
    const isNew = !existsSync(join(folder.path, "data.mdb"));
    tables = openTables(folder.path, isRelaxed, isNew);
    const meta = await openMeta(tables, folder.path, isRelaxed);
    return new LmdbEngine({ folder, tables, meta, settings, isRelaxed, maxLogBytes, tuning });
  } catch (error) {
    await tables?.close();
    folder.release();
    throw error;
  }
}

function openTables(path: string, isRelaxed: boolean, isNew: boolean): Tables {
  try {
    return new Tables(path, isRelaxed);
  } catch (cause) {
    if (isNew) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `The log in ${path} cannot be opened, it is damaged or no log of rtmsg (${reason}): restore a backup, or move the folder away to start anew`,
      { cause },
    );
  }
}
