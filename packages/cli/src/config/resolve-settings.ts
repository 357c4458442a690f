import { dirname, resolve } from "node:path";
import { usageError } from "../cli-error.js";
import type { ConfigFile } from "./config-file.js";
import { crossMistakes } from "./cross-checks.js";
import { nearest } from "./nearest.js";
import { flagOf, SETTING_NAMES, settingOf, variableOf, type SettingName, type Settings } from "./settings.js";

/** Where values come from, the strongest first. */
type Source = "flag" | "variable" | "file" | "default";

/** Where a setting's value comes from. */
interface Origin {
  readonly source: Source;
  /** What a person is told: `--port`, `RTMSG_PORT`, `port in rtmsg.toml`, or `default`. */
  readonly text: string;
}

/** Settings, and where each came from. */
export interface ResolvedSettings {
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingName, Origin>>;
}

/** What settings are taken from. */
export interface SettingSources {
  /** As the command line gave them, texts and `true`. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly file: ConfigFile | undefined;
}

/** A value, as it was given. */
interface Given {
  readonly origin: Origin;
  readonly raw: unknown;
  /** What it stands for; undefined when it is not understood. */
  readonly value: unknown;
}

/**
 * The settings that hold: flags before variables, before the file, before the defaults.
 *
 * @throws CliError that names every mistake, those in values that others replace too
 */
export function resolveSettings(sources: SettingSources): ResolvedSettings {
  const mistakes: string[] = [];
  const settings: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const name of SETTING_NAMES) {
    const { kind, isSecret = false, default: fallback } = settingOf(name);
    const given = givenOf(name, sources);
    for (const { origin, raw, value } of given) {
      if (value !== undefined) continue;
      const shown = isSecret ? "not understood" : shownOf(raw);
      mistakes.push(`${origin.text} is ${shown}: use ${kind.allowed}`);
    }
    settings[name] = given[0] === undefined ? fallback : given[0].value;
    origins[name] = given[0]?.origin ?? { source: "default", text: "default" };
  }
  mistakes.push(...unknownKeys(sources.file));
  const resolved = { settings: settings as Settings, origins: origins as Record<SettingName, Origin> };
  // What cannot be read does not go together with anything.
  if (mistakes.length === 0) mistakes.push(...crossMistakes(resolved));
  if (mistakes.length > 0) throw usageError(describe(mistakes));
  return resolved;
}

/** What was given for a setting, the strongest first. */
function givenOf(name: SettingName, { flags, variables, file }: SettingSources): Given[] {
  const { kind } = settingOf(name);
  const given: Given[] = [];
  const flag = flags[name];
  if (flag !== undefined) {
    const origin = { source: "flag", text: flagOf(name) } as const;
    given.push({ origin, raw: flag, value: typeof flag === "string" ? kind.fromText(flag) : flag });
  }
  const variable = variables[variableOf(name)];
  if (variable !== undefined && variable !== "") {
    const origin = { source: "variable", text: variableOf(name) } as const;
    given.push({ origin, raw: variable, value: kind.fromText(variable) });
  }
  const inFile = file?.values[name];
  if (file !== undefined && inFile !== undefined) {
    const origin = { source: "file", text: `${name} in ${file.path}` } as const;
    const value = kind.fromFile(inFile);
    const isPath = kind.isPath === true && typeof value === "string";
    given.push({ origin, raw: inFile, value: isPath ? resolve(dirname(file.path), value) : value });
  }
  return given;
}

/** So much of a value that is not understood is shown. */
const MAX_SHOWN = 200;

/** A value of a file, which in one of code may be anything. */
function shownOf(raw: unknown): string {
  if (typeof raw === "function") return "a function";
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    return (JSON.stringify(raw) ?? String(raw)).slice(0, MAX_SHOWN);
  }
  return `an object with ${Object.keys(raw).slice(0, 5).join(", ") || "nothing"}`;
}

function unknownKeys(file: ConfigFile | undefined): string[] {
  if (file === undefined) return [];
  return Object.keys(file.values)
    .filter((key) => !SETTING_NAMES.some((name) => name === key))
    .map((key) => {
      const meant = nearest(key, SETTING_NAMES);
      const advice = meant === undefined ? "take it out" : `did you mean ${meant}?`;
      return `${key} in ${file.path} is no setting: ${advice}`;
    });
}

function describe(mistakes: readonly string[]): string {
  if (mistakes.length === 1) return mistakes[0] as string;
  return [`${mistakes.length} settings are wrong:`, ...mistakes.map((one) => `  ${one}`)].join("\n");
}
