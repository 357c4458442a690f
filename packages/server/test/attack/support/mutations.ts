import fc from "fast-check";

/** A change of a captured message. */
export type Mutation = (text: string) => string;

/** Values that are wrong somewhere, as JSON text, since some of them no value of JavaScript can be. */
const badValues = fc.oneof(
  fc.constantFrom(
    "null",
    "true",
    "-1",
    "1e999",
    "9007199254740993",
    '""',
    "[]",
    "{}",
    '"\\ud800"',
    '"constructor"',
    '"__proto__.polluted"',
    '{"__proto__":{"polluted":1}}',
    '{"constructor":{"prototype":{"polluted":1}}}',
    '[["map"],["set"]]',
    '{"values":{"__proto__.polluted":["Date"],"constructor.prototype.polluted":["bigint"]},"v":1}',
    '{"values":{"data":["custom","x"],"data.a":[["regexp"],{"b":["Error"]}]}}',
    '{"referentialEqualities":[["__proto__","constructor.prototype"],{"data":["__proto__.polluted"]}]}',
    '{"values":[["set",{"0":["map",{"0.0":["Date"]}]}]],"v":1}',
  ),
  fc.json({ maxDepth: 3 }),
  fc.string({ maxLength: 30, unit: "binary" }).map((text) => JSON.stringify(text)),
  fc.integer({ min: 100, max: 3_000 }).map((levels) => "[".repeat(levels) + "]".repeat(levels)),
  fc.integer({ min: 100, max: 3_000 }).map((levels) => '{"a":'.repeat(levels) + "1" + "}".repeat(levels)),
  fc.integer({ min: 1_000, max: 50_000 }).map((length) => `"${"x".repeat(length)}"`),
  fc.integer({ min: 100, max: 2_000 }).map((count) => `[${"{},".repeat(count)}1]`),
);

const badKeys = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "prototype", "toString", "id", "json", "meta", "values", ""),
  fc.string({ maxLength: 10 }),
);

/** Stands for a bad value until the rest is written: the text of one is no value. */
const PLACE = "a bad value";

/** Every place in a value, with what holds it. */
function placesOf(root: { value: unknown }): { holder: Record<string, unknown>; key: string }[] {
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const visit = (holder: Record<string, unknown>): void => {
    for (const key of Object.keys(holder)) {
      places.push({ holder, key });
      const child = holder[key];
      if (typeof child === "object" && child !== null) visit(child as Record<string, unknown>);
    }
  };
  visit(root);
  return places;
}

const number = fc.nat();

interface Change {
  readonly at: number;
  readonly kind: "put" | "drop" | "rename" | "copy";
  readonly bad: string;
  readonly key: string;
}

function changed(text: string, { at, kind, bad, key: newKey }: Change): string {
  const root = { value: JSON.parse(text) as unknown };
  const places = placesOf(root);
  const { holder, key } = places[at % places.length] as (typeof places)[number];
  if (kind === "put" || (holder as unknown) === root) holder[key] = PLACE;
  else if (kind === "drop") delete holder[key];
  else if (kind === "rename") {
    Object.defineProperty(holder, newKey, { value: holder[key], enumerable: true, configurable: true });
    if (newKey !== key) delete holder[key];
  } else holder[newKey === "__proto__" ? "copy" : newKey] = holder[key];
  return JSON.stringify(root.value).replace(`"${PLACE}"`, () => bad);
}

/** Changes what a message says, and leaves it JSON mostly. */
const structural: fc.Arbitrary<Mutation> = fc
  .record({
    at: number,
    kind: fc.constantFrom("put", "put", "put", "drop", "rename", "copy"),
    bad: badValues,
    key: badKeys,
  })
  .map((change) => (text) => {
    try {
      return changed(text, change);
    } catch {
      // No JSON any more, or nested too deep for this side.
      return text;
    }
  });

/** Changes a message's text, whatever becomes of it. */
const textual: fc.Arbitrary<Mutation> = fc
  .record({
    at: number,
    length: fc.integer({ min: 1, max: 20 }),
    kind: fc.constantFrom("cut", "twice", "put", "end"),
    bad: fc.string({ minLength: 1, maxLength: 8, unit: "binary" }),
  })
  .map(({ at, length, kind, bad }) => (text) => {
    const from = at % Math.max(1, text.length);
    const part = text.slice(from, from + length);
    if (kind === "cut") return text.slice(0, from) + text.slice(from + length);
    if (kind === "twice") return text.slice(0, from) + part + text.slice(from);
    if (kind === "end") return text.slice(0, from);
    return text.slice(0, from) + bad + text.slice(from);
  });

/** Changes ids: the same again, enormous ones, and stops for what is not there. */
const ids: fc.Arbitrary<Mutation> = fc
  .oneof(
    fc.constantFrom("1", "2", "0", "-1", "1e308", "9007199254740993", '"__proto__"', '"s1"', "1.5"),
    fc.integer({ min: 100, max: 10_000 }).map((length) => `"${"9".repeat(length)}"`),
  )
  .map((id) => (text) => text.replace(/"id":(?:\d+|"[^"]*")/, () => `"id":${id}`));

const mutation = fc.oneof({ weight: 4, arbitrary: structural }, { weight: 2, arbitrary: textual }, ids);

/** Messages that clients might send, most of them wrong: captured ones that were changed, and any text. */
export function messages(captured: readonly string[]): fc.Arbitrary<string> {
  const mutated = fc
    .record({ index: number, mutations: fc.array(mutation, { minLength: 1, maxLength: 3 }) })
    .map(({ index, mutations }) =>
      mutations.reduce((text, mutate) => mutate(text), captured[index % captured.length] as string),
    );
  return fc.oneof(
    { weight: 12, arbitrary: mutated },
    { weight: 1, arbitrary: fc.array(mutated, { maxLength: 4 }).map((parts) => `[${parts.join(",")}]`) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
    { weight: 1, arbitrary: badValues },
  );
}
