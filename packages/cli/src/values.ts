import { assertTopicName, assertTopicSelection, parseFrom, type From } from "@rtmsg/server/protocol";
import { usageError } from "./cli-error.js";

/** Reads the name of one topic. */
export function parseTopicName(text: string): string {
  explained(() => assertTopicName(text));
  return text;
}

/** Reads a topic's name or a pattern. */
function parseTopicSelection(text: string): string {
  explained(() => assertTopicSelection(text));
  return text;
}

/** Collects topics' names and patterns. */
export function collectSelections(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, parseTopicSelection(text)];
}

/** Reads a start position. */
export function parseStart(text: string): From {
  return explained(() => parseFrom(text));
}

/** Reads a number of events. */
export function parseLimit(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw usageError(`--limit is "${text}": use a number of events`);
}

/** Reads the number of a line. */
export function parseLine(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw usageError(`--from-line is "${text}": use the number of a line, from 1`);
}

/** Reads a whole number of an option, within bounds. */
export function numberFrom(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw usageError(`${option} is "${text}": use a whole number from ${min} to ${max.toLocaleString("en")}`);
  };
}

/** Collects the values of `--header name=value`. */
export function collectHeader(
  text: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const end = text.indexOf("=");
  if (end < 1) throw usageError(`--header is "${text}": use name=value`);
  return { ...earlier, [text.slice(0, end)]: text.slice(end + 1) };
}

/** What the protocol refuses, it explains. */
function explained<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error));
  }
}
