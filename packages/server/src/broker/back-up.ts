import type { Engine, LogBackup } from "../log/engine.js";
import { RtmsgError } from "../protocol/error.js";

/**
 * Makes a copy of an engine's log, where it can.
 *
 * @throws RtmsgError `INPUT_INVALID` where it cannot, `STORAGE_FULL`
 */
export function backUp(engine: Engine): Promise<LogBackup> {
  const copy = engine.backup?.();
  if (copy !== undefined) return copy;
  const message = `The engine ${engine.name} makes no backups: export the events instead`;
  return Promise.reject(new RtmsgError("INPUT_INVALID", message));
}
