import { transformer } from "@rtmsg/server/protocol";
import pc from "picocolors";
import { stdout } from "./output.js";

const colors = pc.createColors(stdout.isTerminal && pc.isColorSupported);

/** A value as one line of JSON; what only superjson carries has the form that it has in JSON there. */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(transformer.serialize(value).json);
}

/** An event's data as its subscribers read it: a string is its bare text, anything else is JSON. */
export function showData(data: unknown): string {
  if (typeof data === "string") return forTerminal(data);
  return highlight(forTerminal(toJsonLine(data)));
}

/** Text beside the data, such as a topic's name. */
export function showNote(text: string): string {
  return colors.dim(text);
}

/** A table's head. */
export function showHead(text: string): string {
  return colors.bold(text);
}

/**
 * On a terminal an event could move the cursor, change the title or worse: what would is shown as an
 * escape. Pipes get the data as it is.
 */
function forTerminal(text: string): string {
  if (!stdout.isTerminal) return text;
  return text.replaceAll(
    // oxlint-disable-next-line no-control-regex
    /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const JSON_TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function highlight(json: string): string {
  if (!colors.isColorSupported) return json;
  return json.replaceAll(JSON_TOKEN, (token: string, text?: string, colon?: string) => {
    if (colon !== undefined) return `${colors.cyan(text ?? "")}${colon}`;
    if (text !== undefined) return colors.green(text);
    return /^[tfn]/.test(token) ? colors.magenta(token) : colors.yellow(token);
  });
}
