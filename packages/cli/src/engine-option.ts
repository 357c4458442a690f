import type { EngineOpener } from "@rtmsg/server";
import { Option, type Command } from "commander";
import { resolve } from "node:path";
import { usageError } from "./cli-error.js";

/** The options that choose where events are kept. */
export interface EngineFlags {
  readonly engine: "lmdb" | "memory";
  readonly data?: string;
  readonly durability?: "durable" | "relaxed";
}

const DEFAULT_FOLDER = "./.rtmsg";

/** Adds the options that choose where events are kept. */
export function addEngineOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--engine <name>", "where events are kept: on disk, or only while the broker runs")
        .choices(["lmdb", "memory"])
        .default("lmdb"),
    )
    .option("--data <folder>", `the folder of the engine lmdb (default: "${DEFAULT_FOLDER}")`)
    .addOption(
      new Option(
        "--durability <level>",
        "durable: a receipt means that the event is on disk; relaxed: that it is within a second (default: durable)",
      ).choices(["durable", "relaxed"]),
    );
}

/** A chosen engine. */
export interface ChosenEngine {
  readonly open: EngineOpener;
  /** What a person should know of it, in a few words. */
  readonly description: string;
}

/**
 * The engine that the options chose.
 *
 * @throws CliError when options are for another engine
 */
export async function chooseEngine({ engine, data, durability }: EngineFlags): Promise<ChosenEngine> {
  // Loaded here, so that the commands without an engine start sooner.
  const { lmdbEngine, memoryEngine } = await import("@rtmsg/server");
  if (engine === "lmdb") {
    const path = resolve(data ?? DEFAULT_FOLDER);
    const level = durability ?? "durable";
    return { open: lmdbEngine({ path, durability: level }), description: `lmdb, ${level}, in ${path}` };
  }
  const misplaced = data === undefined ? durability && "--durability" : "--data";
  if (misplaced !== undefined) {
    throw usageError(`${misplaced} is for the engine lmdb, and --engine is memory: leave one of them out`);
  }
  return { open: memoryEngine(), description: "memory, its events end with the broker" };
}
