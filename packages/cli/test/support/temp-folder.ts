import { mkdtemp, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder that is removed at the end of its scope. */
export interface TempFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file in it and returns the file's path. */
  write(name: string, text: string | Buffer): Promise<string>;
}

/** Makes a temporary folder, outside of any project. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await mkdtemp(join(tmpdir(), "rtmsg-cli-"));
  return {
    path,
    write: async (name, text) => {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
