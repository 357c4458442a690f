// Packs every package as it would be published, and has publint and attw look at the tarballs: what matters is
// what an app gets, not what the workspace sees.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin, node, root } from "../lib/run.mjs";
import { pnpm } from "../pnpm.mjs";

const attw = bin("@arethetypeswrong/cli", "attw");
const target = mkdtempSync(join(tmpdir(), "rtmsg-pack-"));
let failed =
  pnpm(["--filter", "./packages/*", "--reporter", "silent", "-r", "pack", "--pack-destination", target]) !==
  0;

try {
  for (const tarball of readdirSync(target)) {
    console.log(tarball);
    const file = join(target, tarball);
    const runs = [node([bin("publint"), "run", "--strict", file], { capture: true })];
    // The CLI and the demo are programs: they export nothing that could have types.
    if (/^rtmsg-(server|client)-/.test(tarball)) {
      runs.push(node([attw, "--profile", "esm-only", "--no-emoji", "--no-color", file], { capture: true }));
    }
    for (const { code, output } of await Promise.all(runs)) {
      if (code === 0) continue;
      failed = true;
      console.error(output.replaceAll(root, ""));
    }
  }
} finally {
  rmSync(target, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
