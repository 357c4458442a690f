// What the scripts share for running the tools of node_modules without a shell between.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** The script behind the command `name` of the installed package `pkg`. */
export function bin(pkg, name = pkg) {
  const manifest = join(root, "node_modules", pkg, "package.json");
  const { bin: bins } = JSON.parse(readFileSync(manifest, "utf8"));
  return join(dirname(manifest), typeof bins === "string" ? bins : bins[name]);
}

/**
 * Runs `node ...args`; resolves to its exit code and, with `capture`, what it printed. Without `capture` the
 * output goes to stderr: stdout belongs to the program that the build is for.
 */
export function node(args, { cwd = root, env = {}, capture = false, stdout = 2 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...(capture && !process.stdout.isTTY ? { NO_COLOR: "1" } : {}), ...env },
      stdio: capture ? ["ignore", "pipe", "pipe"] : ["inherit", stdout, "inherit"],
    });
    let output = "";
    child.stdout?.on("data", (chunk) => (output += chunk));
    child.stderr?.on("data", (chunk) => (output += chunk));
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code: signal ? 1 : (code ?? 1), output }));
  });
}
