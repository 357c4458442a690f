import { realpathSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { FolderLock } from "./folder-lock.js";
import type { Holder } from "./holder.js";
import { makeFolder } from "./make-folder.js";

/** Folders that this process holds. */
const held = new Set<string>();

/** A log's folder, held by one process at a time. */
export class DataFolder {
  readonly path: string;
  readonly #lock: FolderLock;

  private constructor(path: string, lock: FolderLock) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Makes the folder if need be, and takes hold of it.
   *
   * @param folder - its path
   * @param watchMs - how long no sign has to come from a holder that may have died elsewhere
   * @throws Error when another process, or another broker of this one, holds it
   */
  static async take(folder: string, watchMs: number): Promise<DataFolder> {
    makeFolder(folder);
    const path = realpathSync(folder);
    if (held.has(path)) throw heldBy(path, `this process (${process.pid})`);
    held.add(path);
    try {
      const lock = new FolderLock(join(path, "rtmsg.lock"), watchMs);
      const holder = await lock.take();
      if (holder !== undefined) throw heldBy(path, nameOf(holder));
      return new DataFolder(path, lock);
    } catch (error) {
      held.delete(path);
      throw error;
    }
  }

  /** Lets go of the folder. */
  release(): void {
    if (held.delete(this.path)) this.#lock.release();
  }
}

function nameOf({ pid, host }: Holder): string {
  return host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
}

function heldBy(path: string, holder: string): Error {
  return new Error(
    `The data folder ${path} is held by ${holder}: stop that broker, or use another folder (--data)`,
  );
}
