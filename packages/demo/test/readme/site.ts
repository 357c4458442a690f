import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";

/** Where the README is followed: a folder with a clone of the repository in it. */
export interface Site extends AsyncDisposable {
  readonly path: string;
  /** The folder `rtmsg` in it. */
  readonly clone: string;
  /** Writes a module that has the global WebSocket of a browser, and returns its path. */
  writePage(source: string): Promise<string>;
  /** Writes a program in TypeScript that needs nothing but the packages, and returns the path of its JavaScript. */
  writeExample(source: string): Promise<string>;
}

/** What a clone has not: the repository's own state. */
const NOT_CLONED = new Set([".git", ".rtmsg"]);

/**
 * Makes the site. The clone is made of links to this repository, installed and built as it is: what
 * happens in it, such as a data folder, happens there and not here.
 */
export async function makeSite(repository: string): Promise<Site> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "rtmsg-readme-")));
  const clone = join(path, "rtmsg");
  await mkdir(clone);
  for (const name of await readdir(repository)) {
    if (!NOT_CLONED.has(name)) await symlink(join(repository, name), join(clone, name));
  }
  const ws = join(repository, "packages/demo/node_modules/ws/wrapper.mjs");
  return {
    path,
    clone,
    writePage: async (source) => {
      const page = join(path, "page.mjs");
      await writeFile(page, `import { WebSocket } from ${JSON.stringify(ws)};\n${source}`);
      return page;
    },
    writeExample: async (source) => {
      const folder = join(path, "example");
      await mkdir(folder);
      await symlink(join(repository, "packages/demo/node_modules"), join(folder, "node_modules"));
      const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
      const program = join(folder, "example.mjs");
      await writeFile(program, ts.transpileModule(source, { compilerOptions: options }).outputText);
      return program;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
