import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { CliError } from "./cli-error.js";

/**
 * Loads a module in TypeScript or JavaScript, as it is: nothing has to be built.
 *
 * @param path - absolute
 * @returns what it exports
 * @throws CliError when it fails
 */
export async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
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
 * Where such a module finds the packages that every one needs, when its own project has not
 * installed them: here. A project's own go first.
 */
function fallbacks(path: string): Record<string, string> {
  const own = createRequire(path);
  const server = fileURLToPath(import.meta.resolve("@rtmsg/server"));
  const ours = {
    "@rtmsg/server": (): string => server,
    "@rtmsg/client": (): string => fileURLToPath(import.meta.resolve("@rtmsg/client")),
    "rtmsg/config": (): string => fileURLToPath(import.meta.resolve("rtmsg/config")),
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
