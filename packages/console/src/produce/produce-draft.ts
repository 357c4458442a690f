import { signal } from "@preact/signals";
import type { RtmsgEvent } from "@rtmsg/client";

/** What is written in a produce form and not sent yet. */
export interface ProduceDraft {
  readonly topic: string;
  readonly json: string;
  readonly id: string;
  readonly key: string;
  /** One header a line: `name: value`. */
  readonly headers: string;
}

/** The drafts by the topic or pattern of their page: changing the page loses nothing. */
export const drafts = signal<Readonly<Record<string, ProduceDraft>>>({});

/** Writes a draft. */
export function setDraft(page: string, draft: ProduceDraft): void {
  drafts.value = { ...drafts.value, [page]: draft };
}

/** An event as a draft, to be produced again with changes. It gets an id of its own. */
export function draftOf({ topic, data, key = "", headers = {} }: RtmsgEvent): ProduceDraft {
  return {
    topic,
    json: jsonOf(data),
    id: "",
    key,
    headers: Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join("\n"),
  };
}

/** Data as JSON text, with the JSON halves of what JSON has no word for. */
export function jsonOf(data: unknown): string {
  const text = JSON.stringify(
    data,
    (_, value: unknown) => {
      if (typeof value === "bigint") return String(value);
      if (value instanceof Map || value instanceof Set) return [...value] as unknown[];
      return value;
    },
    2,
  ) as string | undefined;
  return text ?? "null";
}

/**
 * Reads headers.
 *
 * @returns undefined where there are none
 * @throws SyntaxError for a line without a name
 */
export function parseHeaders(text: string): Readonly<Record<string, string>> | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) return undefined;
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^\s*([^:]*[^:\s])\s*:\s*(.*?)\s*$/.exec(line) ?? [];
      if (name === undefined || value === undefined) {
        throw new SyntaxError(`"${line.slice(0, 40)}" is no header: write name: value`);
      }
      return [name, value];
    }),
  );
}
