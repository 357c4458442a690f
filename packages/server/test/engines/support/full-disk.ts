import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A small disk that can be filled to the brim. */
export interface SmallDisk {
  readonly path: string;
  /** Fills all but so many bytes. */
  readonly fill: (leave?: number) => void;
  /** Frees what `fill` took. */
  readonly free: () => void;
}

/** Makes a disk in memory; undefined where this process may not mount one. */
export function smallDisk(megabytes: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), "rtmsg-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path], { stdio: "ignore" });
  } catch {
    rmSync(path, { recursive: true });
    return undefined;
  }
  afterAll(() => {
    execFileSync("umount", ["-l", path]);
    rmSync(path, { recursive: true, force: true });
  });
  const ballast = join(path, "ballast");
  return {
    path,
    fill: (leave = 0) => {
      const { bavail, bsize } = statfsSync(path);
      writeUntilFull(ballast, bavail * bsize - leave);
    },
    free: () => rmSync(ballast, { force: true }),
  };
}

function writeUntilFull(file: string, bytes: number): void {
  const chunk = Buffer.alloc(65_536, 1);
  const handle = openSync(file, "a");
  try {
    for (let left = bytes; left > 0; left -= chunk.length) {
      writeSync(handle, chunk, 0, Math.min(left, chunk.length));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    closeSync(handle);
  }
}
