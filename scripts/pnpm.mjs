// Runs the pnpm that package.json pins, so that a machine with only Node and npm needs nothing more.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
/** Under `npx --package X node …` npm leaves X in the environment, where an npx of ours would take it for its own. */
const { npm_config_package: _, ...env } = process.env;

const { packageManager } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));

/** Runs pnpm with `args`; returns its exit code. `stdout` is where its output goes, as in `stdio`. */
export function pnpm(args, { stdout = "inherit" } = {}) {
  const { status, error } = spawnSync("npx", ["--yes", packageManager, ...args], {
    cwd: root,
    env,
    stdio: ["inherit", stdout, "inherit"],
    shell: process.platform === "win32",
  });
  if (error) throw error;
  return status ?? 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = pnpm(process.argv.slice(2));
