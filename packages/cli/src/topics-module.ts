import type { Topics } from "@rtmsg/server";
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { CliError } from "./cli-error.js";

/**
 * Loads declared topics from a module in TypeScript or JavaScript, as it is: nothing has to be built.
 *
 * @param file - a module that exports, as `topics` or by default, what `defineTopics` returned
 * @throws CliError when there is no such module, it fails, or it exports something else
 */
export async function loadTopics(file: string): Promise<Topics> {
  const path = resolve(file);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new CliError(`There is no topics module at ${path}: write one, or check --topics`);
  }
  const exported = await importModule(path);
  const topics = exported["topics"] ?? exported["default"];
  if (isTopics(topics)) return topics;
  if (topics === undefined) {
    const names = Object.keys(exported).join(", ") || "nothing";
    throw new CliError(
      `${path} exports ${names}, and no topics: add "export const topics = defineTopics({ ... })"`,
    );
  }
  throw new CliError(
    `The topics that ${path} exports were not made by defineTopics: write "export const topics = defineTopics({ ... })"`,
  );
}

async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  const { createJiti } = await import("jiti");
  forgetModules(dirname(path));
  const jiti = createJiti(path, {
    // A user's project gets no files that it did not ask for.
    fsCache: false,
    interopDefault: false,
    alias: fallbacks(path),
  });
  try {
    return await jiti.import<Readonly<Record<string, unknown>>>(path);
  } catch (error) {
    throw new CliError(`${path} could not be loaded: ${describe(error, path)}`, undefined, { cause: error });
  }
}

/** A module that is watched is loaded again and again, with what it imports of its own project. */
function forgetModules(folder: string): void {
  const { cache } = createRequire(import.meta.url);
  for (const file of Object.keys(cache)) {
    const isPackage = file.includes(`${sep}node_modules${sep}`);
    if (file.startsWith(folder + sep) && !isPackage) Reflect.deleteProperty(cache, file);
  }
}

/**
 * Where a topics module finds the packages that every one needs, when its own project has not
 * installed them: here. A project's own go first.
 */
function fallbacks(path: string): Record<string, string> {
  const own = createRequire(path);
  const server = fileURLToPath(import.meta.resolve("@rtmsg/server"));
  const ours = {
    "@rtmsg/server": (): string => server,
    "@rtmsg/client": (): string => fileURLToPath(import.meta.resolve("@rtmsg/client")),
    zod: (): string => createRequire(server).resolve("zod"),
  };
  const missing = Object.entries(ours).filter(([name]) => !canResolve(own, name));
  return Object.fromEntries(missing.map(([name, find]) => [name, find()]));
}

function canResolve(from: NodeJS.Require, name: string): boolean {
  try {
    from.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** By shape, not by class: the project may have a copy of `defineTopics` of its own. */
function isTopics(value: unknown): value is Topics {
  return (
    typeof value === "object" && value !== null && "definitions" in value && value.definitions instanceof Map
  );
}

function describe(error: unknown, path: string): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}`;
  // The rest of the message is a stack of modules.
  const [message = ""] = error.message.split("\n");
  const missing = /Cannot find (?:module|package) '([^']+)'/.exec(message)?.[1];
  if (missing !== undefined) {
    const isPackage = !/^[./]|^[A-Za-z]:/.test(missing);
    const advice = isPackage
      ? `run "npm install ${missing}" in ${dirname(path)}`
      : "check the path of its import";
    return `it cannot find "${missing}": ${advice}`;
  }
  const parse = /^(?:ParseError|SyntaxError): (.*?)\s*$/.exec(message);
  if (parse !== null) {
    const place = /:(\d+:\d+)\s*$/.exec(error.message)?.[1];
    return `${parse[1]}${place === undefined ? "" : ` at line ${place.replace(":", ", column ")}`}`;
  }
  const line = placeInModule(error, path);
  return `${message}${line === undefined ? "" : ` (at line ${line})`}`;
}

function placeInModule(error: Error, path: string): string | undefined {
  const frame = error.stack?.split("\n").find((candidate) => candidate.includes(`${path}:`));
  return frame === undefined ? undefined : /:(\d+):\d+\)?$/.exec(frame)?.[1];
}
