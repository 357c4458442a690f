import superjson from "superjson";
import { RtmsgError } from "./error.js";
import { LIMITS } from "./limits.js";
import { ValuePaths } from "./value-paths.js";

/** What superjson says of a place: its type there, and what is said of places within. */
interface Spot {
  type: unknown;
  readonly inner: Map<string, Spot>;
}

/** Steps that a path may have: a Map takes two for each level of the data, and a call a few before it. */
const MAX_STEPS = LIMITS.dataDepth * 2 + 16;

/**
 * Brings back a value in superjson's format. It does what `superjson.deserialize` does in place, in
 * time that grows with the size of the text only: superjson counts through a Set or Map for every
 * path into it, and makes an array as long as a path says, so that one message could keep a server
 * busy for hours.
 *
 * @param json - the JSON half; changed in place
 * @param meta - what superjson says of it; anything, as it comes from outside
 * @throws RtmsgError `INPUT_INVALID` when `meta` does not fit, and what superjson throws
 */
export function decodeSuperjson(json: unknown, meta: unknown): unknown {
  if (!isRecord(meta)) return json;
  const { values, referentialEqualities, v } = meta;
  const isLegacy = !(typeof v === "number" && v >= 1);
  let value = json;
  if (isRecord(values) || Array.isArray(values)) {
    const root: Spot = { type: undefined, inner: new Map() };
    collect(values, root, 0, isLegacy);
    value = convert(value, root);
  }
  if (isRecord(referentialEqualities)) unite(value, referentialEqualities, isLegacy);
  return value;
}

/** Gathers a tree of types, whose keys are paths, into spots. */
function collect(tree: unknown, spot: Spot, depth: number, isLegacy: boolean): void {
  const [type, children] = Array.isArray(tree) ? (tree as unknown[]) : [undefined, tree];
  if (children !== undefined && children !== null) {
    if (!isRecord(children) || depth > MAX_STEPS) throw malformed("a tree of types that is none");
    for (const [path, subtree] of Object.entries(children)) {
      let place = spot;
      for (const step of stepsOf(path, isLegacy)) {
        let next = place.inner.get(step);
        if (next === undefined) {
          next = { type: undefined, inner: new Map() };
          place.inner.set(step, next);
        }
        place = next;
      }
      collect(subtree, place, depth + 1, isLegacy);
    }
  }
  if (type === undefined) return;
  if (spot.type !== undefined) throw malformed("two types for one place");
  spot.type = type;
}

/** Gives what is within its type, then the value itself: until then a Set or Map is a list. */
function convert(value: unknown, spot: Spot): unknown {
  const paths = new ValuePaths(malformed);
  const convertAt = (part: unknown, place: Spot, depth: number): unknown => {
    if (depth > MAX_STEPS) throw malformed("a path that is too long");
    for (const [step, inner] of place.inner) {
      paths.set(part, [step], convertAt(paths.get(part, [step]), inner, depth + 1));
    }
    return place.type === undefined ? part : convertOne(part, place.type);
  };
  return convertAt(value, spot, 0);
}

function convertOne(value: unknown, type: unknown): unknown {
  // The time to read a bigint grows with more than its digits.
  if (type === "bigint" && typeof value === "string" && value.length > LIMITS.bigintDigits) {
    throw malformed(`a bigint of ${value.length} digits, over the limit of ${LIMITS.bigintDigits}`);
  }
  const values = [type] as unknown as NonNullable<
    NonNullable<Parameters<typeof superjson.deserialize>[0]["meta"]>["values"]
  >;
  return superjson.deserialize({ json: value as null, meta: { values, v: 1 } }, { inPlace: true });
}

/** Makes places hold one object that held it before it was written. */
function unite(root: unknown, equalities: object, isLegacy: boolean): void {
  const paths = new ValuePaths(malformed);
  const [ofRoot, others] = Array.isArray(equalities) ? (equalities as unknown[]) : [undefined, equalities];
  const uniteAt = (object: unknown, same: unknown): void => {
    if (!Array.isArray(same)) throw malformed("equal paths that are no list");
    for (const path of same as unknown[]) paths.set(root, stepsOf(path, isLegacy), object);
  };
  if (ofRoot !== undefined) uniteAt(root, ofRoot);
  if (isRecord(others)) {
    for (const [path, same] of Object.entries(others))
      uniteAt(paths.get(root, stepsOf(path, isLegacy)), same);
  }
  paths.finish();
}

/** A path's steps: they are joined by dots; dots and backslashes within are escaped by a backslash. */
function stepsOf(path: unknown, isLegacy: boolean): string[] {
  if (typeof path !== "string") throw malformed("a path that is no text");
  const steps: string[] = [];
  let step = "";
  for (let index = 0; index < path.length; index++) {
    const character = path[index] as string;
    const next = path[index + 1];
    if (character === "\\" && (next === "." || (next === "\\" && !isLegacy))) {
      step += next;
      index++;
    } else if (character === "\\" && !isLegacy) throw malformed("a path with an unknown escape");
    else if (character === ".") {
      steps.push(step);
      step = "";
      if (steps.length > MAX_STEPS) throw malformed("a path that is too long");
    } else step += character;
  }
  steps.push(step);
  return steps;
}

function malformed(what: string): RtmsgError<"INPUT_INVALID"> {
  return new RtmsgError("INPUT_INVALID", `The meta of a superjson value does not fit it: ${what}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
