import { namedTopics } from "../named-topics.js";
import { isTopics } from "../topics-module.js";
import type { ResolvedSettings } from "./resolve-settings.js";
import { defaultTextOf, SETTING_NAMES, settingOf } from "./settings.js";

/** Settings as `--print-config` shows them, line by line: a TOML file, each line with where its value came from. */
export function printedSettings({ settings, origins }: ResolvedSettings): string[] {
  const lines = SETTING_NAMES.map((name): readonly [line: string, origin: string] => {
    const value: unknown = settings[name];
    if (value === undefined) return [`# ${name} is not set`, defaultTextOf(name) ?? ""];
    // What code has declared no file of another kind can say.
    if (name === "topics" && isTopics(value))
      return [`# topics are ${namedTopics(value)}`, origins[name].text];
    const isSecret = settingOf(name).isSecret === true;
    return [isSecret ? `# ${name} is set` : `${name} = ${literalOf(value)}`, origins[name].text];
  });
  const width = Math.max(...lines.map(([line]) => line.length));
  return lines.map(([line, origin]) => (origin === "" ? line : `${line.padEnd(width)}  # ${origin}`));
}

/** A value as TOML writes it; for texts, numbers and lists of them it is what JSON writes. */
function literalOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literalOf).join(", ")}]`;
  // An address may hold a password.
  return JSON.stringify(typeof value === "string" ? value.replaceAll(/:\/\/[^@/]+@/g, "://***@") : value);
}
