import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A folder for the tests of a file, removed after them. */
export function tempFolder(): string {
  const path = mkdtempSync(join(tmpdir(), "rtmsg-test-"));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
