import { chmod, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { Shell, type Finished } from "../readme/shell.js";
import { root } from "./pages.js";

/** A folder of an app that follows a recipe: the packages are installed, and the command `rtmsg` is there. */
export class RecipeFolder implements AsyncDisposable {
  readonly #path: string;
  readonly #shell: Shell;

  private constructor(path: string, env: Readonly<Record<string, string>>) {
    this.#path = path;
    this.#shell = new Shell(path, { ...env, PATH: `${path}/bin:${process.env["PATH"] ?? ""}` });
  }

  /** Makes one, with some variables for what runs in it. */
  static async create(env: Readonly<Record<string, string>>): Promise<RecipeFolder> {
    const path = await mkdtemp(join(tmpdir(), "rtmsg-recipe-"));
    await writeFile(join(path, "package.json"), JSON.stringify({ private: true, type: "module" }));
    await symlink(join(root, "packages/demo/node_modules"), join(path, "node_modules"));
    const folder = new RecipeFolder(path, env);
    await folder.#shell.run("mkdir bin");
    const main = join(root, "packages/cli/bin/rtmsg.js");
    await writeFile(join(path, "bin/rtmsg"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
    await chmod(join(path, "bin/rtmsg"), 0o755);
    return folder;
  }

  /** Writes a module in TypeScript as the JavaScript that it is. */
  async write(name: string, source: string): Promise<void> {
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    const { outputText } = ts.transpileModule(source, { compilerOptions });
    await writeFile(join(this.#path, name.replace(/\.ts$/, ".js")), outputText);
  }

  /** Runs a module that was written. */
  node(name: string, ...options: readonly string[]): Promise<Finished> {
    const flags = options.join(" ");
    return this.run(`"${process.execPath}" ${flags} ${name.replace(/\.ts$/, ".js")}`);
  }

  /** Runs commands in the folder. */
  run(commands: string): Promise<Finished> {
    return this.#shell.run(commands);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#shell[Symbol.asyncDispose]();
    await rm(this.#path, { recursive: true, force: true });
  }
}
