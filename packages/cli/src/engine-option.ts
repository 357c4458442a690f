import type { EngineOpener, Logger } from "@rtmsg/server";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CliError } from "./cli-error.js";
import type { Settings } from "./config/settings.js";

const DEFAULT_FOLDER = "./.rtmsg";

/** A chosen engine. */
export interface ChosenEngine {
  readonly open: EngineOpener;
  /** What a person should know of it, in a few words. */
  readonly description: string;
}

/**
 * The engine that the settings chose.
 *
 * @throws CliError when a file that they name cannot be read
 */
export async function chooseEngine(settings: Settings, logger: Logger): Promise<ChosenEngine> {
  const { engine } = settings;
  if (engine !== "lmdb" && engine !== "memory") return chooseNats(engine, settings, logger);
  // Loaded here, so that the commands without an engine start sooner.
  const { lmdbEngine, memoryEngine } = await import("@rtmsg/server");
  if (engine === "memory") {
    return { open: memoryEngine(), description: "memory, its events end with the broker" };
  }
  const { data = DEFAULT_FOLDER, durability = "durable", maxLogBytes } = settings;
  const path = resolve(data);
  return {
    open: lmdbEngine({ path, durability, maxLogBytes }),
    description: `lmdb, ${durability}, in ${path}`,
  };
}

async function chooseNats(servers: string, settings: Settings, logger: Logger): Promise<ChosenEngine> {
  const { natsStream: stream = "RTMSG", natsReplicas: replicas, natsSyncAlways: syncAlways } = settings;
  const { natsTlsCa: caFile, natsTlsCert: certFile, natsTlsKey: keyFile, maxLogBytes } = settings;
  const credentials = {
    user: settings.natsUser,
    password: settings.natsPassword,
    token: settings.natsToken,
    nkeySeed: settings.natsNkeyFile === undefined ? undefined : readText(settings.natsNkeyFile),
    credsFile: settings.natsCredsFile,
  };
  // Its own module: who uses another engine loads no client of NATS.
  const { natsEngine } = await import("@rtmsg/server/nats");
  const tls = { caFile, certFile, keyFile };
  const open = natsEngine({ servers, stream, replicas, syncAlways, maxLogBytes, credentials, tls, logger });
  return { open, description: `nats, stream ${stream}` };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new CliError(`${file} cannot be read: ${(cause as Error).message}`, undefined, { cause });
  }
}
