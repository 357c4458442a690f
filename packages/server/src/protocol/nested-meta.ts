/** A value's `meta` as superjson wrote it, and where the value lies in what it becomes a part of. */
export interface PlacedMeta {
  /** JSON text. */
  readonly meta: string;
  /** Steps joined by dots, such as `events.0.data`. */
  readonly path: string;
}

/** superjson's `meta`, as far as nesting it needs to know. */
interface Meta {
  readonly values?: unknown;
  readonly referentialEqualities?: Equalities;
  readonly v?: number;
}

/** Paths that hold one object, by the first of them; a leading array stands for those that are the root. */
type Equalities = EqualPaths | readonly [readonly string[]] | readonly [readonly string[], EqualPaths];
type EqualPaths = Readonly<Record<string, readonly string[]>>;

/**
 * The `meta` of a value that is put together from others, each of which was encoded alone.
 *
 * @param parts - those that have one
 * @returns `,"meta":{...}`, to be put after the whole's `json`; empty where there are no parts
 */
export function nestMetas(parts: Iterable<PlacedMeta>): string {
  let values: Record<string, unknown> | undefined;
  let equalities: Record<string, readonly string[]> | undefined;
  let version: number | undefined;
  for (const { meta: text, path } of parts) {
    const meta = JSON.parse(text) as Meta;
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
