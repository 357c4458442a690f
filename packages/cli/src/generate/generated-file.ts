import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { CliError } from "../cli-error.js";

/** The file that is generated. */
export class GeneratedFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Whether it has this text already. */
  async has(text: string): Promise<boolean> {
    return (await this.#read()) === text;
  }

  /**
   * Gives it a text, whole or not at all; a file that has it already is left as it is, so that no
   * build that watches it starts for nothing.
   *
   * @returns whether it was changed
   * @throws CliError when it cannot be written
   */
  async update(text: string): Promise<boolean> {
    if (await this.has(text)) return false;
    const whole = `${this.path}.${process.pid}.tmp`;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeFile(whole, text);
      await rename(whole, this.path);
    } catch (error) {
      await rm(whole, { force: true });
      throw new CliError(`${this.path} cannot be written: ${(error as Error).message}`, undefined, {
        cause: error,
      });
    }
    return true;
  }

  async #read(): Promise<string | undefined> {
    try {
      return await readFile(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw new CliError(`${this.path} cannot be read: ${(error as Error).message}`, undefined, {
        cause: error,
      });
    }
  }
}
