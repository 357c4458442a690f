// Packs every package as it would be published, and has publint and attw look at the tarballs: what matters is
// what an app gets, not what the workspace sees. Before that, the manifests: what npm shows, and one version.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin, node, root } from "../lib/run.mjs";
import { pnpm } from "../pnpm.mjs";

const read = (file) => JSON.parse(readFileSync(join(root, file), "utf8"));
const packages = readdirSync(join(root, "packages"))
  .filter((folder) => existsSync(join(root, "packages", folder, "package.json")))
  .map((folder) => ({ folder, manifest: read(`packages/${folder}/package.json`) }))
  .filter(({ manifest }) => manifest.private !== true);

/** What a published manifest must say. */
const rules = {
  "says what it is": ({ description, license, engines }) => description && license === "MIT" && engines?.node,
  "is published openly, with provenance": ({ publishConfig }) =>
    publishConfig?.access === "public" && publishConfig.provenance === true,
  "says what it exports, its manifest too": ({ exports }) => exports?.["./package.json"] !== undefined,
  "says which files it has, without maps": ({ files }) => files?.includes("!dist/**/*.map"),
  "is a program, or says that it has no side effects": ({ bin: program, sideEffects }) =>
    program !== undefined || sideEffects === false,
  "has the version of the others": ({ version }) => version === packages[0].manifest.version,
  "is versioned with the others": ({ name }) =>
    read(".changeset/config.json").fixed.some(
      (group) => group.includes(name) && group.length === packages.length,
    ),
};

const faults = [];
for (const { folder, manifest } of packages) {
  for (const [rule, holds] of Object.entries(rules))
    if (!holds(manifest)) faults.push(`packages/${folder}/package.json: a published package ${rule}`);
  const readme = readFileSync(join(root, "packages", folder, "README.md"), "utf8");
  if (!readme.startsWith(`# ${manifest.name}\n`))
    faults.push(`packages/${folder}/README.md: does not start with the package's name`);
}
for (const fault of faults) console.error(fault);

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
process.exitCode = failed || faults.length > 0 ? 1 : 0;
