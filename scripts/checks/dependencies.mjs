// What is published needs other packages: their licences must be ones that go with MIT, and none may have a known
// weakness. A registry that tells of none is said so, and is no failure: it says nothing of the packages.
import { tmpdir } from "node:os";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pnpm } from "../pnpm.mjs";

const ALLOWED = new Set(["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Unlicense"]);
const PUBLISHED = [
  "--filter",
  "./packages/server",
  "--filter",
  "./packages/client",
  "--filter",
  "./packages/cli",
];

/** Runs pnpm, and reads the JSON that it prints; undefined where it prints none. */
function ask(...args) {
  const folder = mkdtempSync(join(tmpdir(), "rtmsg-check-"));
  try {
    const file = join(folder, "answer");
    pnpm([...args, "--json"], { stdout: openSync(file, "w") });
    const text = readFileSync(file, "utf8");
    return text.includes("{") ? JSON.parse(text.slice(text.indexOf("{"))) : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether a licence, or one of those to choose from, is allowed. */
function isAllowed(licence) {
  return licence
    .replace(/^\((.*)\)$/, "$1")
    .split(" OR ")
    .some((one) => one.split(" AND ").every((part) => ALLOWED.has(part)));
}

// A registry that cannot be reached is not asked again and again.
process.env["npm_config_fetch_retries"] = "0";

const faults = [];

const licences = ask(...PUBLISHED, "licenses", "list", "--prod") ?? {};
const packages = Object.values(licences).flat();
if (packages.length === 0) faults.push("pnpm lists no dependencies of what is published");
for (const [licence, users] of Object.entries(licences)) {
  if (isAllowed(licence)) continue;
  for (const { name, versions } of users)
    faults.push(`${name} ${versions.join(", ")}: ${licence} is not allowed`);
}

const audit = ask("audit", "--prod");
if (audit?.metadata === undefined) {
  console.log(`The registry tells of no weaknesses (${audit?.error?.code ?? "no answer"}): not looked for.`);
}
for (const { module_name: name, vulnerable_versions: versions, title, url } of Object.values(
  audit?.advisories ?? {},
)) {
  faults.push(`${name} ${versions}: ${title} (${url})`);
}

for (const fault of faults) console.error(fault);
if (faults.length === 0) console.log(`${packages.length} packages, ${Object.keys(licences).join(", ")}`);
process.exitCode = faults.length > 0 ? 1 : 0;
