import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EngineOpener, EngineSettings } from "../log/engine.js";
import { parseSize, type Size } from "../topics/retention.js";
import { DataFolder } from "./lmdb/data-folder.js";
import { LmdbEngine } from "./lmdb/lmdb-engine.js";
import { openMeta } from "./lmdb/open-log.js";
import { Tables } from "./lmdb/tables.js";

/** Options of the embedded engine. */
export interface LmdbEngineOptions {
  /**
   * The data folder; made if need be, and held by one process at a time.
   * @default "./.rtmsg"
   */
  readonly path?: string | undefined;
  /**
   * `"durable"`: a receipt means that the event is on disk. `"relaxed"`: it means that the event
   * survives the process, and is on disk within a second.
   * @default "durable"
   */
  readonly durability?: "durable" | "relaxed" | undefined;
  /**
   * Bytes of events to keep in all, or text such as `"10gb"`; past them the oldest are trimmed.
   * @default everything is kept
   */
  readonly maxLogBytes?: Size | undefined;
}

/**
 * The embedded engine: a durable log in a folder, in lmdb. Appends that come together share one
 * write and one sync.
 *
 * @param options - folder, durability, retention of the whole log
 * @returns what `createBroker` and `startServer` take as `engine`; opening rejects when the folder is
 *   held by another process, damaged, or of a newer version
 * @example
 * ```ts
 * const server = await startServer({ topics, engine: lmdbEngine({ path: "./data" }) });
 * ```
 */
export function lmdbEngine(options: LmdbEngineOptions = {}): EngineOpener {
  const { path = "./.rtmsg", durability = "durable", maxLogBytes } = options;
  const limit = maxLogBytes === undefined ? undefined : parseSize(maxLogBytes, "maxLogBytes");
  return (settings) => openEngine(path, durability === "relaxed", limit, settings);
}

async function openEngine(
  path: string,
  isRelaxed: boolean,
  maxLogBytes: number | undefined,
  settings: EngineSettings,
): Promise<LmdbEngine> {
  const folder = new DataFolder(path);
  let tables: Tables | undefined;
  try {
    const isNew = !existsSync(join(folder.path, "data.mdb"));
    tables = openTables(folder.path, isRelaxed, isNew);
    const meta = await openMeta(tables, folder.path, isRelaxed);
    return new LmdbEngine({ folder, tables, meta, settings, isRelaxed, maxLogBytes });
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
