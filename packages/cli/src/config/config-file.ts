import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { CliError } from "../cli-error.js";
import { importModule } from "../import-module.js";

/** The files that are looked for in the working folder. */
const NAMES = ["rtmsg.config.ts", "rtmsg.config.js", "rtmsg.config.mjs", "rtmsg.toml"] as const;

/** What a configuration file says, not checked yet. */
export interface ConfigFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Reads the configuration file, if there is one.
 *
 * @param named - the file that was asked for
 * @throws CliError when it is not there, cannot be read, or is not the only one
 */
export async function readConfigFile(named: string | undefined): Promise<ConfigFile | undefined> {
  const path = named === undefined ? findFile() : resolve(named);
  if (path === undefined) return undefined;
  if (!isFile(path)) throw new CliError(`There is no configuration file at ${path}: check --config`);
  const values = path.endsWith(".toml") ? await readToml(path) : await readModule(path);
  return { path, values };
}

function findFile(): string | undefined {
  const found = NAMES.filter((name) => isFile(resolve(name)));
  if (found.length > 1) {
    throw new CliError(`There are ${found.join(" and ")}: keep one, or choose one with --config`);
  }
  return found[0] === undefined ? undefined : resolve(found[0]);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

async function readToml(path: string): Promise<Readonly<Record<string, unknown>>> {
  const { parse } = await import("smol-toml");
  try {
    return parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const [reason = ""] = (cause as Error).message.split("\n");
    const { line, column } = cause as { line?: number; column?: number };
    const place = line === undefined ? "" : ` at line ${line}, column ${column ?? 1}`;
    throw new CliError(`${path} cannot be read: ${reason}${place}`, undefined, { cause });
  }
}

async function readModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  const exported = (await importModule(path))["default"];
  if (typeof exported === "object" && exported !== null) return exported as Readonly<Record<string, unknown>>;
  throw new CliError(`${path} exports no configuration: add "export default defineConfig({ ... })"`);
}
