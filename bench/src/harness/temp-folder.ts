import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Folders that exist; removed with the process, whatever ends it. */
const existing = new Set<string>();

process.once("exit", () => {
  for (const path of existing) rmSync(path, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** A temporary folder. */
export class TempFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "rtmsg-bench-"));

  constructor() {
    existing.add(this.path);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
    existing.delete(this.path);
  }
}
