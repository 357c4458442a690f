import type { Topics } from "@rtmsg/server";
import { parseDuration, parseSize, type Duration, type Size } from "@rtmsg/server/topics";
import { isTopics } from "../topics-module.js";

/** A kind of value that a setting takes. */
export interface Kind<Value, Input = Value> {
  /** Carries the type that a file in TypeScript may give; never set. */
  readonly "~input"?: Input;
  /** What is allowed, so that it ends the sentence "use ...". */
  readonly allowed: string;
  /** What stands for the value in a help text; undefined for what is on or off. */
  readonly placeholder: string | undefined;
  /** Whether a relative path in a file is meant from that file. */
  readonly isPath?: boolean;
  /** Whether several may be given. */
  readonly isList?: boolean;
  /** Reads the value of a flag or a variable; undefined if it is not understood. */
  readonly fromText: (text: string) => Value | undefined;
  /** Reads a value from a file; undefined if it is not understood. */
  readonly fromFile: (value: unknown) => Value | undefined;
}

const asText = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** Any text. */
export function text(placeholder = "text"): Kind<string> {
  return { allowed: "a text", placeholder, fromText: asText, fromFile: asText };
}

/** A file or folder. */
export function path(placeholder: "file" | "folder"): Kind<string> {
  return { ...text(placeholder), allowed: `the path of a ${placeholder}`, isPath: true };
}

/** Declared topics: the path of a module, or in a file of code themselves. */
export function topics(): Kind<string | Topics> {
  const file = path("file");
  return {
    ...file,
    allowed: "the path of a file, or in rtmsg.config.ts what defineTopics returned",
    fromFile: (value) => (isTopics(value) ? value : asText(value)),
  };
}

/** One of some words. */
export function choice<const T extends string>(...choices: readonly T[]): Kind<T> {
  const find = (value: unknown): T | undefined => choices.find((one) => one === value);
  const allowed = `${choices.slice(0, -1).join(", ")} or ${choices.at(-1) ?? ""}`;
  return { allowed, placeholder: choices.join("|"), fromText: find, fromFile: find };
}

/** An engine: a word, or the addresses of NATS servers. */
export function engine(): Kind<"lmdb" | "memory" | `${"nats" | "tls"}://${string}`> {
  const find = (value: unknown): "lmdb" | "memory" | `${"nats" | "tls"}://${string}` | undefined => {
    if (value === "lmdb" || value === "memory") return value;
    const isAddress = typeof value === "string" && /^(nats|tls):\/\/[^\s/]/.test(value);
    return isAddress ? (value as `nats://${string}`) : undefined;
  };
  return {
    allowed: "lmdb, memory or addresses such as nats://host:4222",
    placeholder: "name|url",
    fromText: find,
    fromFile: find,
  };
}

/** A whole number within bounds. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Kind<number> {
  const check = (value: unknown): number | undefined =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : undefined;
  return {
    allowed:
      max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a number from ${min} to ${max}`,
    placeholder: "n",
    fromText: (given) => (/^\d{1,16}$/.test(given) ? check(Number(given)) : undefined),
    fromFile: check,
  };
}

/** A size in bytes, or text such as `64mb`. */
export function size(): Kind<number, Size> {
  return quantity("size", 'a number of bytes, or such as "512kb", "64mb" or "2gb"', (value) =>
    parseSize(value as Size),
  );
}

/** A length of time in ms, or text such as `10s`. */
export function duration(): Kind<number, Duration> {
  return quantity("time", 'a number of ms, or such as "90s", "15m", "12h" or "7d"', (value) =>
    parseDuration(value as Duration),
  );
}

function quantity<Input>(
  placeholder: string,
  allowed: string,
  parse: (value: number | string) => number,
): Kind<number, Input> {
  const read = (value: unknown): number | undefined => {
    if (typeof value !== "number" && typeof value !== "string") return undefined;
    try {
      return parse(value);
    } catch {
      return undefined;
    }
  };
  const fromText = (given: string): number | undefined =>
    read(/^\d+$/.test(given) ? Number(given) : given.toLowerCase());
  return { allowed, placeholder, fromText, fromFile: read };
}

/** On or off. */
export function onOff(): Kind<boolean> {
  const words: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false };
  return {
    allowed: "true or false",
    placeholder: undefined,
    fromText: (given) => (Object.hasOwn(words, given) ? words[given] : undefined),
    fromFile: (value) => (typeof value === "boolean" ? value : undefined),
  };
}

/** Several texts; in a variable with commas between them. */
export function list(placeholder: string): Kind<readonly string[], string | readonly string[]> {
  const isTexts = (value: readonly unknown[]): value is readonly string[] =>
    value.every((one) => asText(one) !== undefined);
  return {
    allowed: "a text, or several (with commas between them in a variable)",
    placeholder: `${placeholder}...`,
    isList: true,
    fromText: (given) => given.split(",").map((one) => one.trim()),
    fromFile: (value) => {
      const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
      return isTexts(texts) ? texts : undefined;
    },
  };
}
