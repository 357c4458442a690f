import fc from "fast-check";
import superjson from "superjson";
import { describe, expect, it } from "vitest";
import { decodeData, encodeData, isPlainJson, LIMITS, transformer } from "../../src/protocol/index.js";
import { anyValue, plainValue } from "../support/arbitraries.js";

const DATA_INVALID = expect.objectContaining({ code: "DATA_INVALID" }) as Error;

function nested(levels: number, innermost: unknown): unknown {
  let value = innermost;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

describe("encoded data", () => {
  it("brings back any value that superjson carries", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(decodeData(encodeData(value))).toEqual(value);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is for a text what JSON writes, whatever its characters", () => {
    const all = Array.from({ length: 65_536 }, (_, code) => String.fromCharCode(code));
    expect(all.filter((text) => encodeData(text).json !== JSON.stringify(text))).toEqual([]);
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" })),
        (text) => {
          const { json, jsonBytes = Buffer.byteLength(json), meta } = encodeData(text);
          expect({ json, meta }).toEqual({ json: JSON.stringify(text), meta: undefined });
          expect(jsonBytes).toBe(Buffer.byteLength(json));
        },
      ),
    );
  });

  it("is what superjson writes, and without meta where plain JSON says it all", () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        const encoded = encodeData(value);
        expect(JSON.parse(encoded.json)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(encoded.meta).toBeUndefined();
        expect(isPlainJson(value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("carries special values on their own and inside collections", () => {
    const value = {
      date: new Date(0),
      big: 12n ** 30n,
      set: new Set([1, undefined]),
      map: new Map<unknown, unknown>([[new Date(1), { nan: Number.NaN }]]),
      nothing: undefined,
      zero: -0,
      infinite: [Infinity, -Infinity],
      text: /a.b/gi,
      url: new URL("http://example.com/a?b"),
    };
    expect(decodeData(encodeData(value))).toEqual(value);
    for (const one of Object.values(value)) expect(decodeData(encodeData(one))).toEqual(one);
  });

  it.each(["__proto__", "constructor", "prototype"])("refuses the key %s, however deep", (name) => {
    const text = `{"a":[{"${name}":{"polluted":true}}]}`;
    expect(() => encodeData(JSON.parse(text))).toThrow(DATA_INVALID);
    expect(() => encodeData({ date: new Date(), more: JSON.parse(text) as unknown })).toThrow(DATA_INVALID);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("takes data down to the limit of its depth, and no deeper", () => {
    const deepest = nested(LIMITS.dataDepth, 1);
    expect(decodeData(encodeData(deepest))).toEqual(deepest);
    expect(() => encodeData(nested(LIMITS.dataDepth + 1, 1))).toThrow(DATA_INVALID);
    expect(() => encodeData(nested(100_000, 1))).toThrow(DATA_INVALID);
  });

  it("holds data with special values to the same depth, wherever they are", () => {
    expect(() => encodeData([new Date(), nested(LIMITS.dataDepth + 1, 1)])).toThrow(DATA_INVALID);
    expect(() => encodeData([nested(LIMITS.dataDepth + 1, 1), new Date()])).toThrow(DATA_INVALID);
    expect(() => encodeData(nested(LIMITS.dataDepth + 1, new Date()))).toThrow(DATA_INVALID);
    expect(() => encodeData([1n, nested(3_000, 1)])).toThrow(DATA_INVALID);
  });

  it("refuses what has no form in JSON", () => {
    class Point {
      x = 1;
    }
    const values = [
      () => 1,
      Symbol("local"),
      { call: () => 1 },
      [Symbol("local")],
      new Date(Number.NaN),
      [1, { at: new Date(Number.NaN) }],
      new Point(),
      Promise.resolve(1),
      new WeakMap(),
      new BigInt64Array([1n]),
      Buffer.from("text"),
      // oxlint-disable-next-line no-sparse-arrays
      [1, , 3],
    ];
    for (const value of values) expect(() => encodeData(value)).toThrow(DATA_INVALID);
  });

  it("carries what JSON has no number for in a typed array", () => {
    const values = new Float64Array([Number.NaN, -0, Number.POSITIVE_INFINITY, 1.5]);
    expect(decodeData(encodeData(values))).toEqual(values);
  });

  it("refuses a bigint that readers would refuse", () => {
    const most = 10n ** BigInt(LIMITS.bigintDigits) - 1n;
    expect(decodeData(encodeData([most, "x".repeat(20_000)]))).toEqual([most, "x".repeat(20_000)]);
    expect(() => encodeData([most + 1n])).toThrow(DATA_INVALID);
  });

  it("carries a value that holds itself", () => {
    const value: Record<string, unknown> = { name: "loop" };
    value["self"] = value;
    const back = decodeData(encodeData(value)) as Record<string, unknown>;
    expect(back["self"]).toBe(back);
  });

  it("refuses a small value that would be written out to an enormous text", () => {
    let shared: unknown = ["x"];
    for (let level = 0; level < 60; level++) shared = [shared, shared];
    const started = performance.now();
    const tooLarge = expect.objectContaining({ code: "EVENT_TOO_LARGE" }) as Error;
    expect(() => encodeData(shared)).toThrow(tooLarge);
    expect(() => encodeData([1n, shared])).toThrow(tooLarge);
    expect(() => encodeData(Array(1_000_000).fill("x".repeat(1_000_000)))).toThrow(tooLarge);
    expect(isPlainJson(shared)).toBe(false);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe("the transformer", () => {
  it("is read by plain superjson", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const wire = JSON.parse(JSON.stringify(transformer.serialize(value))) as ReturnType<
          typeof superjson.serialize
        >;
        expect(superjson.deserialize(wire)).toEqual(superjson.deserialize(superjson.serialize(value)));
      }),
      { numRuns: 500 },
    );
  });

  it("reads plain superjson", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const wire = JSON.parse(JSON.stringify(superjson.serialize(value))) as unknown;
        expect(transformer.deserialize(wire)).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it.each([undefined, null, "text", 1, [], {}])("reads %j, which is no superjson, as no input", (wire) => {
    expect(transformer.deserialize(wire)).toBeUndefined();
  });
});
