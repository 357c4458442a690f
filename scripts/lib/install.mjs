// Installs the dependencies when they are missing or older than what the manifests ask for, and only then:
// starting an installed tree must not wait for a package manager.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pnpm } from "../pnpm.mjs";
import { root } from "./run.mjs";

const stamp = join(root, "node_modules/.cache/rtmsg-installed");

function manifests() {
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}/package.json`);
  const files = ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", "bench/package.json", ...packages];
  return files.map((file) => join(root, file)).filter((file) => existsSync(file));
}

function fingerprint() {
  const hash = createHash("sha256");
  for (const file of manifests()) hash.update(file).update(readFileSync(file));
  return hash.digest("hex");
}

/** Makes node_modules match the manifests. Ends the process when that fails. */
export function install() {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint()) return;
  const code = pnpm(["install", ...(process.env.CI ? ["--frozen-lockfile"] : [])], { stdout: 2 });
  if (code !== 0) process.exit(code);
  mkdirSync(join(root, "node_modules/.cache"), { recursive: true });
  writeFileSync(stamp, fingerprint());
}
