import fc from "fast-check";
import superjson from "superjson";
import { describe, expect, it } from "vitest";
import { decodeSuperjson } from "../../src/protocol/superjson-decoding.js";
import { LIMITS } from "../../src/protocol/index.js";
import { anyValue } from "../support/arbitraries.js";

const MALFORMED = expect.objectContaining({ code: "INPUT_INVALID" }) as Error;

/** A value as it comes over a wire: written and read as text. */
function overWire(value: unknown): { json: unknown; meta: unknown } {
  const { json, meta } = superjson.serialize(value);
  return JSON.parse(JSON.stringify({ json, meta })) as { json: unknown; meta: unknown };
}

function decode(value: unknown): unknown {
  const { json, meta } = overWire(value);
  return decodeSuperjson(json, meta);
}

describe("reading superjson", () => {
  it("brings back any value", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(decode(value)).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it("brings back which places held one object", () => {
    fc.assert(
      fc.property(anyValue, (inner) => {
        const shared = { inner };
        const value = {
          a: shared,
          "b.c\\": [shared, { deep: shared }],
          map: new Map<unknown, unknown>([
            [shared, 1],
            ["value", shared],
          ]),
          set: new Set<unknown>([1, shared]),
        };
        const back = decode(value) as typeof value;
        expect(back).toEqual(value);
        const places = [
          back["b.c\\"][0],
          (back["b.c\\"][1] as { deep: unknown }).deep,
          back.map.get("value"),
        ];
        for (const place of [...places, [...back.map.keys()][0], [...back.set][1]])
          expect(place).toBe(back.a);
      }),
      { numRuns: 200 },
    );
  });

  it("brings back values that hold themselves", () => {
    const loop: Record<string, unknown> = { list: [], map: new Map(), set: new Set() };
    (loop["list"] as unknown[]).push(loop, { inner: loop });
    (loop["map"] as Map<unknown, unknown>).set("self", loop);
    (loop["set"] as Set<unknown>).add(loop);
    const back = decode(loop) as typeof loop;
    const [first, second] = back["list"] as [unknown, { inner: unknown }];
    expect(first).toBe(back);
    expect(second.inner).toBe(back);
    expect((back["map"] as Map<unknown, unknown>).get("self")).toBe(back);
    expect([...(back["set"] as Set<unknown>)][0]).toBe(back);
  });

  it("reads what senders that write each object once have left out", () => {
    const once = new superjson({ dedupe: true });
    const shared = { at: new Date(1) };
    const { json, meta } = once.serialize({ a: shared, b: [shared] });
    const back = decodeSuperjson(JSON.parse(JSON.stringify(json)), meta) as { a: unknown; b: unknown[] };
    expect(back).toEqual({ a: shared, b: [shared] });
    expect(back.b[0]).toBe(back.a);
  });

  it("reads the paths of earlier versions, in which backslashes stand for themselves", () => {
    const meta = { values: { "a\\b.c": ["Date"], "d\\.e": ["bigint"] } };
    const back = decodeSuperjson({ "a\\b": { c: "1970-01-01T00:00:00.000Z" }, "d.e": "7" }, meta);
    expect(back).toEqual({ "a\\b": { c: new Date(0) }, "d.e": 7n });
  });

  it.each([
    undefined,
    null,
    7,
    "x",
    {},
    [],
    { values: null },
    { values: 7 },
    { referentialEqualities: null },
  ])("takes the meta %j for none", (meta) => {
    expect(decodeSuperjson({ a: 1 }, meta)).toEqual({ a: 1 });
  });

  it.each([
    ["a tree that is a text", { values: { a: "Date" } }],
    ["a tree within that is a text", { values: ["map", "x"] }],
    ["a path through a text", { values: { "text.length.x": ["Date"] } }],
    ["an index past the end", { values: { "list.3": ["undefined"] } }],
    ["an index far past the end", { values: { "list.4294967294": ["undefined"] } }],
    ["an index that is none", { values: { "list.-1": ["undefined"] } }],
    ["a list's property", { values: { "list.length": ["number"] } }],
    ["two types for one place", { values: [undefined, { "a.b": ["Date"], a: { b: ["Date"] } }] }],
    ["the prototype", { values: { "__proto__.x": ["Date"] } }],
    ["the prototype's constructor", { values: { "a.constructor.prototype": ["Date"] } }],
    ["an unknown escape", { values: { "a\\b": ["Date"] }, v: 1 }],
    ["equal paths that are no list", { referentialEqualities: { a: 7 } }],
    ["equal paths that are no texts", { referentialEqualities: { a: [7] } }],
    ["equal paths to the prototype", { referentialEqualities: { a: ["__proto__.x"] } }],
    ["equal paths past the end of a list", { referentialEqualities: { a: ["list.99"] } }],
    ["a path of very many steps", { values: { ["a.".repeat(100_000)]: ["Date"] } }],
    ["a path of very many steps in equalities", { referentialEqualities: { a: ["a.".repeat(100_000)] } }],
  ])("refuses %s", (_, meta) => {
    const json = { a: { b: 1 }, text: "x", list: [1, 2, 3], "": 1 };
    expect(() => decodeSuperjson(json, meta)).toThrow(MALFORMED);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it("refuses a type that superjson does not know", () => {
    expect(() => decodeSuperjson({ a: 1 }, { values: ["nope"] })).toThrow(Error);
    expect(() => decodeSuperjson({ a: 1 }, { values: { a: ["class", "Broker"] } })).toThrow(Error);
  });

  it("refuses a bigint of more digits than may be", () => {
    const meta = { values: ["bigint"] };
    expect(decodeSuperjson("9".repeat(LIMITS.bigintDigits), meta)).toBe(
      BigInt("9".repeat(LIMITS.bigintDigits)),
    );
    expect(() => decodeSuperjson("9".repeat(LIMITS.bigintDigits + 1), meta)).toThrow(MALFORMED);
  });

  it("answers any meta at once, with a value or an error", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (json, meta) => {
        try {
          decodeSuperjson(json, { values: meta });
          decodeSuperjson(json, { referentialEqualities: meta });
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 500 },
    );
  });
});
