import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS, parseLimits, type ServerLimits } from "../../src/limits/limits.js";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("every limit is documented with its default, and what happens past it", () => {
  const rows = [
    ...read("../../../../docs/limits.md").matchAll(/^\| `(\w+)` +\| ([\d,]+) +\| .+ \| .+ \|$/gm),
  ];
  const documented = rows.map(([, name, value]) => [name, Number(value?.replaceAll(",", ""))]);
  expect(Object.fromEntries(documented)).toEqual(DEFAULT_LIMITS);
  expect(documented).toHaveLength(Object.keys(DEFAULT_LIMITS).length);
});

test("every limit says its default beside the option", () => {
  const source = read("../../src/limits/limits.ts");
  const said = [...source.matchAll(/@default ([\d_]+)\n {3}\*\/\n {2}readonly (\w+): number;/g)];
  const defaults = said.map(([, value, name]) => [name, Number(value?.replaceAll("_", ""))]);
  expect(Object.fromEntries(defaults)).toEqual(DEFAULT_LIMITS);
});

test("those that are left out have their defaults", () => {
  expect(parseLimits()).toEqual(DEFAULT_LIMITS);
  expect(parseLimits({ topics: 3, headers: undefined })).toEqual({ ...DEFAULT_LIMITS, topics: 3 });
});

test.each(Object.keys(DEFAULT_LIMITS) as (keyof ServerLimits)[])("%s is an integer from 1", (name) => {
  for (const wrong of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "1" as unknown as number]) {
    expect(parseFault(() => parseLimits({ [name]: wrong }))).toMatch(
      new RegExp(`^limits\\.${name} is ${wrong}: use an integer from 1`),
    );
  }
  expect(parseLimits({ [name]: 1 })[name]).toBe(1);
});

test("those that every client knows may be lowered only", () => {
  expect(parseFault(() => parseLimits({ keyLength: 256 }))).toBe(
    "limits.keyLength is 256: use an integer from 1 to 255",
  );
  expect(parseFault(() => parseLimits({ nope: 1 } as object))).toBe("there is no limit nope");
});

function parseFault(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as Error).message;
  }
  return "";
}
