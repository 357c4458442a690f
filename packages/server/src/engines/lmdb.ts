import type { EngineOpener } from "../log/engine.js";
import { parseSize, type Size } from "../topics/retention.js";
import { openEngine } from "./lmdb/open-engine.js";

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
  const isRelaxed = durability === "relaxed";
  return (settings) => openEngine({ path, isRelaxed, maxLogBytes: limit }, settings);
}
