import fc from "fast-check";

/** A topic's token, from few letters so that tokens often meet. */
const token = fc.constantFrom("a", "b", "c", "A", "0", "_", "~", "-x");

/** A valid topic name of up to four tokens. */
export const topicName: fc.Arbitrary<string> = fc
  .array(token, { minLength: 1, maxLength: 4 })
  .map((tokens) => tokens.join("."));

/** A valid topic name or pattern of up to four tokens. */
export const topicSelection: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.oneof(token, fc.constant("*")), { maxLength: 3 }),
    fc.oneof(token, fc.constantFrom("*", ">")),
  )
  .map(([tokens, last]) => [...tokens, last].join("."));

/** Every name of up to `depth` tokens over an alphabet. */
export function allNames(alphabet: readonly string[], depth: number): string[] {
  let level: string[] = [...alphabet];
  const names = [...level];
  for (let length = 2; length <= depth; length++) {
    level = level.flatMap((name) => alphabet.map((next) => `${name}.${next}`));
    names.push(...level);
  }
  return names;
}

/** What a name or pattern selects, by the words of the definition: a regular expression. */
export function bruteSelects(selection: string, topic: string): boolean {
  const pattern = selection
    .split(".")
    .map((part) => (part === "*" ? "[^.]+" : part === ">" ? ".+" : part.replaceAll(/[-~]/g, "\\$&")))
    .join("\\.");
  return new RegExp(`^${pattern}$`).test(topic);
}

/** A value of the kinds that superjson carries and plain JSON does not. */
const special = fc.oneof(
  fc.date({ noInvalidDate: true }),
  fc.bigInt(),
  fc.constant(undefined),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -0),
  fc.webUrl().map((url) => new URL(url)),
  fc.constantFrom(/a.b/gi, /\//u),
);

/** A property's name; superjson's path syntax has to survive dots and backslashes. */
const key = fc.oneof(
  fc.constantFrom("a", "b", "a.b", "a\\", "\\", ".", "", "\\.", "a\\.b", "0", "json", "meta", "toString"),
  fc
    .string({ maxLength: 6 })
    .filter((name) => name !== "__proto__" && name !== "constructor" && name !== "prototype"),
);

/** Any value that plain JSON carries as it is. */
export const plainValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.boolean(),
      fc.constant(null),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    ),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

/** Any value that superjson carries. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(plainValue, special),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
    fc.array(tie("value"), { maxLength: 3 }).map((values) => new Set(values)),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((entries) => new Map(entries)),
  ),
})).value;
