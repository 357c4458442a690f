import type { EngineOpener } from "@rtmsg/server";
import { resolve } from "node:path";
import type { Settings } from "./config/settings.js";

const DEFAULT_FOLDER = "./.rtmsg";

/** A chosen engine. */
export interface ChosenEngine {
  readonly open: EngineOpener;
  /** What a person should know of it, in a few words. */
  readonly description: string;
}

/** The engine that the settings chose. */
export async function chooseEngine(settings: Settings): Promise<ChosenEngine> {
  // Loaded here, so that the commands without an engine start sooner.
  const { lmdbEngine, memoryEngine } = await import("@rtmsg/server");
  if (settings.engine === "memory") {
    return { open: memoryEngine(), description: "memory, its events end with the broker" };
  }
  const { data = DEFAULT_FOLDER, durability = "durable", maxLogBytes } = settings;
  const path = resolve(data);
  return {
    open: lmdbEngine({ path, durability, maxLogBytes }),
    description: `lmdb, ${durability}, in ${path}`,
  };
}
