import type { Topics } from "@rtmsg/server";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { CliError } from "./cli-error.js";
import { importModule } from "./import-module.js";

/**
 * Loads declared topics from a module in TypeScript or JavaScript, as it is: nothing has to be built.
 *
 * @param file - a module that exports, as `topics` or by default, what `defineTopics` returned, or a configuration
 *   with it
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
  if (isConfigWithTopics(topics)) return topics.topics;
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

/** Whether a value is declared topics. By shape, not by class: the project may have a copy of `defineTopics` of its own. */
export function isTopics(value: unknown): value is Topics {
  return (
    typeof value === "object" && value !== null && "definitions" in value && value.definitions instanceof Map
  );
}

function isConfigWithTopics(value: unknown): value is { readonly topics: Topics } {
  return typeof value === "object" && value !== null && "topics" in value && isTopics(value.topics);
}
