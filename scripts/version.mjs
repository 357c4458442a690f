// `npm run version-packages`: gives every published package the next version, as the files in .changeset ask, and
// writes it where else it stands: the modules that say it, and the changelog.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bin, node, root } from "./lib/run.mjs";

const versionOf = () => JSON.parse(readFileSync(join(root, "packages/server/package.json"), "utf8")).version;

function edit(file, pattern, text) {
  const before = readFileSync(join(root, file), "utf8");
  const after = before.replace(pattern, text);
  if (after === before) throw new Error(`${file} has nothing that matches ${pattern}`);
  writeFileSync(join(root, file), after);
}

const before = versionOf();
const { code, output } = await node([bin("@changesets/cli", "changeset"), "version"], { capture: true });
const version = versionOf();
if (code !== 0 || version === before) {
  console.error(output);
  console.error("Nothing has a new version. Say with `npm run changeset` what has changed.");
  process.exit(code || 1);
}

for (const file of ["packages/server/src/version.ts", "packages/cli/src/version.ts"])
  edit(file, /VERSION = "[^"]*"/, `VERSION = "${version}"`);
const today = new Date().toISOString().slice(0, 10);
edit("CHANGELOG.md", "## [Unreleased]\n", `## [Unreleased]\n\n## [${version}] - ${today}\n`);
console.log(`${before} -> ${version}`);
