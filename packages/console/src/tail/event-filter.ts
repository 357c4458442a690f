import type { RtmsgEvent } from "@rtmsg/client";

/** Whether an event is to be shown. */
export type EventFilter = (event: RtmsgEvent) => boolean;

const TERM = /"([^"]*)"|(\S+)/g;
const COMPARISON = /^([\w$.[\]-]+?)(!=|>=|<=|=|>|<|:)(.+)$/;

/**
 * Reads a filter: terms that must all hold. A term is text that occurs anywhere in the event, or compares a
 * field of the data: `total>20`, `customer.name=Ada`, `state!=open`, `text:launch` (contains). `key=` and `id=`
 * stand for the event's own where its data has no such field.
 *
 * @returns undefined where everything is to be shown
 */
export function parseFilter(text: string): EventFilter | undefined {
  const terms = [...text.matchAll(TERM)].map(([, quoted, bare]) =>
    bare === undefined ? contains(quoted ?? "") : termOf(bare),
  );
  return terms.length === 0 ? undefined : (event) => terms.every((term) => term(event));
}

function termOf(text: string): EventFilter {
  const [, path, operator, wanted] = COMPARISON.exec(text) ?? [];
  if (path === undefined || operator === undefined || wanted === undefined) return contains(text);
  const compare = comparison(operator, wanted.replaceAll('"', ""));
  return (event) =>
    compare(
      fieldOf(
        event,
        path.split(/[.[\]]+/).filter((step) => step !== ""),
      ),
    );
}

function contains(text: string): EventFilter {
  const wanted = text.toLowerCase();
  return (event) => textOf(event).includes(wanted);
}

const texts = new WeakMap<RtmsgEvent, string>();

/** All that can be searched of an event; made once, when the first filter asks. */
function textOf(event: RtmsgEvent): string {
  let text = texts.get(event);
  if (text === undefined) {
    const { topic, offset, key = "", id = "", headers, data } = event;
    const all = [topic, `#${offset}`, key, id, headers && JSON.stringify(headers), jsonOf(data)];
    text = all.join("\n").toLowerCase();
    texts.set(event, text);
  }
  return text;
}

function jsonOf(data: unknown): string {
  try {
    return JSON.stringify(data, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  } catch {
    return "";
  }
}

function fieldOf(event: RtmsgEvent, path: readonly string[]): unknown {
  let value: unknown = event.data;
  for (const step of path) {
    value =
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  }
  if (value === undefined && path.length === 1 && (path[0] === "key" || path[0] === "id")) {
    return event[path[0]];
  }
  return value;
}

function comparison(operator: string, wanted: string): (value: unknown) => boolean {
  const number = Number(wanted);
  const order = (value: unknown, holds: (difference: number) => boolean): boolean => {
    if (value === undefined || value === null) return false;
    const isNumber = typeof value === "number" || typeof value === "bigint" || value instanceof Date;
    if (!isNumber) return holds(said(value) < wanted ? -1 : said(value) > wanted ? 1 : 0);
    const other = value instanceof Date ? Date.parse(wanted) : number;
    return !Number.isNaN(other) && holds(Number(value) - other);
  };
  switch (operator) {
    case "=":
      return (value) => said(value) === wanted;
    case "!=":
      return (value) => said(value) !== wanted;
    case ":":
      return (value) => said(value).toLowerCase().includes(wanted.toLowerCase());
    case ">":
      return (value) => order(value, (difference) => difference > 0);
    case ">=":
      return (value) => order(value, (difference) => difference >= 0);
    case "<":
      return (value) => order(value, (difference) => difference < 0);
    default:
      return (value) => order(value, (difference) => difference <= 0);
  }
}

function said(value: unknown): string {
  if (value === undefined) return "";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString();
  return typeof value === "object" ? jsonOf(value) : `${value as string | number | boolean}`;
}
