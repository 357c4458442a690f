import type { EncodedEvent } from "./encoded-event.js";

/** superjson's `meta`, as far as nesting it needs to know. */
interface Meta {
  readonly values?: unknown;
  readonly referentialEqualities?: Equalities;
  readonly v?: number;
}

/** Paths that hold one object, by the first of them; a leading array stands for those that are the root. */
type Equalities = EqualPaths | readonly [readonly string[]] | readonly [readonly string[], EqualPaths];
type EqualPaths = Readonly<Record<string, readonly string[]>>;

const decoder = new TextDecoder();

/**
 * The `meta` of a message whose events lie at given paths; empty where no event has one.
 *
 * @param events - the message's events
 * @param pathOf - the path of an event's data, by the event's index
 * @returns `,"meta":{...}`, to be put after the message's `json`
 */
export function nestMeta(events: readonly EncodedEvent[], pathOf: (index: number) => string): string {
  let values: Record<string, unknown> | undefined;
  let equalities: Record<string, readonly string[]> | undefined;
  let version: number | undefined;
  for (const [index, { stored }] of events.entries()) {
    if (stored.meta === undefined) continue;
    const meta = JSON.parse(decoder.decode(stored.meta)) as Meta;
    const path = pathOf(index);
    version = meta.v ?? version;
    // A tree of types nests whole under a path; paths of equal objects are prefixed one by one.
    if (meta.values !== undefined) (values ??= {})[path] = meta.values;
    if (meta.referentialEqualities !== undefined) {
      equalities = Object.assign(equalities ?? {}, nestEqualities(meta.referentialEqualities, path));
    }
  }
  if (values === undefined && equalities === undefined) return "";
  return `,"meta":${JSON.stringify({ values, referentialEqualities: equalities, v: version })}`;
}

function nestEqualities(equalities: Equalities, prefix: string): Record<string, readonly string[]> {
  const [root, rest] = isWithRoot(equalities)
    ? [equalities[0], equalities[1] ?? {}]
    : [undefined, equalities];
  const nested: Record<string, readonly string[]> = {};
  const nest = (path: string): string => `${prefix}.${path}`;
  if (root !== undefined) nested[prefix] = root.map(nest);
  for (const [path, same] of Object.entries(rest)) nested[nest(path)] = same.map(nest);
  return nested;
}

function isWithRoot(
  equalities: Equalities,
): equalities is readonly [readonly string[]] | readonly [readonly string[], EqualPaths] {
  return Array.isArray(equalities);
}
