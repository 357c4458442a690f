import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript")), "tsc.js");

/** What a program printed, and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
}

function run(file: string, args: readonly string[], cwd: string): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(file, args, { cwd, encoding: "utf8" }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}

async function mustRun(file: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await run(file, args, cwd);
  if (code !== 0) throw new Error(`${file} ${args.join(" ")}\n${output}`);
}

/** Builds the packages and packs them as they would be published; returns the tarballs by package. */
export async function packAll(into: string): Promise<{ client: string; server: string; cli: string }> {
  await mustRun(process.execPath, ["scripts/build.mjs"], root);
  const packages = ["@rtmsg/client", "@rtmsg/server", "rtmsg"].flatMap((name) => ["--filter", name]);
  await mustRun(
    process.execPath,
    ["scripts/pnpm.mjs", ...packages, "-r", "pack", "--pack-destination", into],
    root,
  );
  const files = await readdir(into);
  const tarball = (pattern: RegExp): string =>
    join(into, files.find((file) => pattern.test(file)) ?? "missing");
  return {
    client: tarball(/^rtmsg-client-/),
    server: tarball(/^rtmsg-server-/),
    cli: tarball(/^rtmsg-\d/),
  };
}

/** An empty directory, to be removed with `rm`. */
export function emptyDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), "rtmsg-packed-"));
}

/** A project of an app, outside of this workspace. */
export class Project {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes one in an empty directory. */
  static async create(
    files: Readonly<Record<string, string>>,
    dependencies: readonly string[],
  ): Promise<Project> {
    const project = new Project(await emptyDirectory());
    const manifest = JSON.stringify({ name: "app", private: true, type: "module" });
    await project.write({ "package.json": manifest, ...files });
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
    await mustRun(npm, ["install", ...quiet, ...dependencies], project.#directory);
    return project;
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) await writeFile(join(this.#directory, name), text);
  }

  /** The packages that are installed. */
  async installed(scope: string): Promise<string[]> {
    return readdir(join(this.#directory, "node_modules", scope));
  }

  /** Compiles some files strictly, declarations of packages too, and writes the programs beside them. */
  async compile(
    files: readonly string[],
    options: Readonly<Record<string, unknown>>,
    compiler = tsc,
  ): Promise<Outcome> {
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      target: "es2022",
      lib: ["es2022", "dom"],
      types: [],
      ...options,
    };
    await this.write({ "tsconfig.json": JSON.stringify({ compilerOptions, files }) });
    return run(process.execPath, [compiler, "-p", "tsconfig.json", "--pretty", "false"], this.#directory);
  }

  /** Runs a program with Node. */
  run(file: string, ...args: readonly string[]): Promise<Outcome> {
    return run(process.execPath, [file, ...args], this.#directory);
  }

  /** Runs a program with another runtime, or any command. */
  runWith(file: string, args: readonly string[]): Promise<Outcome> {
    return run(file, args, this.#directory);
  }

  /** A path in the project. */
  path(...parts: readonly string[]): string {
    return join(this.#directory, ...parts);
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
