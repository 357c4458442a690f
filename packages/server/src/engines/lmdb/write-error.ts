import { rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RtmsgError } from "../../protocol/error.js";

/** Free space below which a failed write is taken for a full disk, in bytes. */
const FULL_DISK_BYTES = 1_048_576;
/** What is written to see whether there is room for anything, in bytes. */
const PROBE_BYTES = 262_144;
const EIO = 5;
/** No space, quota exceeded, file too large for the process's limit. */
const SPACE_ERRORS: ReadonlySet<unknown> = new Set([28, 122, 27, "ENOSPC", "EDQUOT", "EFBIG"]);

/** The error that a caller gets for a write that lmdb did not make. */
export async function describeWriteError(error: unknown, folder: string): Promise<RtmsgError> {
  const cause = await commitErrorOf(error);
  const { code, message } = cause as { code?: unknown; message?: string };
  // lmdb says EIO of a write that was cut short, which is what a full disk does.
  if (SPACE_ERRORS.has(code) || (code === EIO && (await isFull(folder)))) return storageFull(folder, cause);
  return storageFailed(folder, message ?? String(cause), cause);
}

/** Whether an error of the file system says that there is no room. */
export function isSpaceError(error: unknown): boolean {
  return SPACE_ERRORS.has((error as { code?: unknown }).code);
}

/** The error of a write that found no room. */
export function storageFull(folder: string, cause?: unknown): RtmsgError<"STORAGE_FULL"> {
  const message = `The disk of ${folder} is full: free space or trim topics, and produce again`;
  return new RtmsgError("STORAGE_FULL", message, {}, { cause });
}

/** The error of a write that failed for another reason. */
export function storageFailed(folder: string, reason: string, cause?: unknown): RtmsgError<"STORAGE_FAILED"> {
  const message = `The log in ${folder} could not be written (${reason}): look at the disk, and produce again`;
  return new RtmsgError("STORAGE_FAILED", message, {}, { cause });
}

/**
 * Makes sure that a new log can be begun.
 *
 * @throws RtmsgError `STORAGE_FULL`
 */
export async function requireRoom(folder: string): Promise<void> {
  if (await isFull(folder)) throw storageFull(folder);
}

/** Whether a little cannot be written any more. A quota is not told by the system, so it is tried. */
async function isFull(folder: string): Promise<boolean> {
  const probe = join(folder, "rtmsg.probe");
  try {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < FULL_DISK_BYTES) return true;
    await writeFile(probe, Buffer.alloc(PROBE_BYTES, 1));
    return false;
  } catch (error) {
    return isSpaceError(error);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/** The reason of a failed batch, which lmdb hands over as a promise that rejects. */
async function commitErrorOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  if (commitError === undefined) return error;
  return commitError.catch((reason: unknown) => reason);
}
