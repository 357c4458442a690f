import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Why a folder can never be made where it was asked for. */
const REASONS: Readonly<Record<string, string>> = {
  EEXIST: "there is a file of that name",
  EACCES: "this user may not",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of its path is a file",
  ENOENT: "its file system has no room for folders of yours",
};

/**
 * Makes a folder, and those above it, where they are not there.
 *
 * @param folder - its path
 * @throws Error that says why it cannot be
 */
export function makeFolder(folder: string): void {
  try {
    make(resolve(folder));
  } catch (cause) {
    const reason = REASONS[String((cause as NodeJS.ErrnoException).code)];
    if (reason === undefined) throw cause;
    throw new Error(`The folder ${folder} cannot be made, as ${reason}: use another one`, { cause });
  }
}

// Node's own `recursive` never returns in a file system where folders cannot be made, such as /proc.
function make(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = dirname(path);
  if (parent !== path) make(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    const isMadeMeanwhile = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    if (!isMadeMeanwhile) throw error;
  }
}
