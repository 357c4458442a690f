// Builds the packages in the order that their types need: the server, the client (bundled from the server's
// declarations), then what uses both, the console last. Each step is incremental.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { bin, node, root } from "./run.mjs";

const packages = join(root, "packages");
/** Where a package lies, from the root. */
const folderOf = (name) => (name === "bench" ? "bench" : `packages/${name}`);

const walk = (dir) =>
  existsSync(dir)
    ? readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .toSorted()
    : [];

/** tsc leaves the output of a deleted source behind, and it would be packed. */
function prune(name) {
  const folder = join(root, folderOf(name));
  const dist = join(folder, "dist");
  for (const file of walk(dist)) {
    const match = /^(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(relative(dist, file));
    if (match && !existsSync(join(folder, "src", `${match[1]}.ts`))) rmSync(file);
  }
}

/** A hash of files that are there, by name and content. */
function stateOf(files) {
  const hash = createHash("sha256");
  for (const file of files.filter((file) => existsSync(file))) {
    hash.update(relative(root, file)).update("\0").update(readFileSync(file));
  }
  return hash.digest("hex");
}

/** All that goes into the client's bundle, its own dist included, so that a lost file is rebuilt. */
function clientFiles() {
  const client = join(packages, "client");
  return [
    ...walk(join(client, "src")),
    ...["protocol", "topics"].flatMap((dir) => walk(join(packages, "server/dist", dir))),
    ...["package.json", "tsconfig.json", "tsdown.config.ts"].map((file) => join(client, file)),
    join(root, "tsconfig.base.json"),
    join(root, "pnpm-lock.yaml"),
    ...walk(join(client, "dist")),
  ];
}

/** All that goes into the console, and what was made of it, which lies with the server. */
function consoleFiles() {
  const folder = join(packages, "console");
  return [
    ...walk(join(folder, "src")),
    ...["bundle.mjs", "index.html", "package.json", "tsconfig.json", "vite.config.ts"].map((file) =>
      join(folder, file),
    ),
    ...walk(join(packages, "client/dist")),
    join(root, "pnpm-lock.yaml"),
    ...walk(join(packages, "server/console")),
  ];
}

/** Runs a bundler in a package, unless nothing has changed since it ran last. */
async function bundle(name, command, files) {
  const stamp = join(packages, name, ".types/.bundled");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === stateOf(files())) return 0;
  const { code, output } = await node(command, { cwd: join(packages, name), capture: true });
  if (code !== 0) process.stderr.write(output);
  else writeFileSync(stamp, stateOf(files()));
  return code;
}

const bundleClient = () => bundle("client", [bin("tsdown"), "--log-level", "error"], clientFiles);

/** The console uses the client, and the server ships the console: so it is built last, and put there. */
const bundleConsole = () => bundle("console", ["bundle.mjs"], consoleFiles);

const tsc = async (...names) => {
  names.filter((name) => name !== "client" && name !== "console").forEach(prune);
  return (await node([bin("typescript", "tsc"), "-b", ...names.map(folderOf)])).code;
};

/** Builds the packages; returns the exit code of the first step that failed, else 0. */
export async function build() {
  return (
    (await tsc("server", "client")) ||
    (await bundleClient()) ||
    (await tsc("cli", "demo", "console")) ||
    (await bundleConsole())
  );
}

/** Builds the benchmarks, which only those who run or test them need, on top of the packages; returns the exit code. */
export function buildBench() {
  return tsc("bench");
}
