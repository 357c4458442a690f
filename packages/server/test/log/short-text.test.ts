import fc from "fast-check";
import { expect, it } from "vitest";
import { writeOneByteText, writeText } from "../../src/log/short-text.js";

const bytes = (text: string, encoding: BufferEncoding): Buffer =>
  Buffer.concat([Buffer.alloc(3), Buffer.from(text, encoding), Buffer.alloc(5)]);

it("writes texts of any length and character as the encoder does", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 100 }),
    fc.string({ unit: "grapheme", maxLength: 100 }),
    fc.string({ minLength: 60, maxLength: 70 }).map((ascii) => `${ascii}€`),
  );
  fc.assert(
    fc.property(text, (given) => {
      const expected = bytes(given, "utf8");
      const actual = Buffer.alloc(expected.length);
      expect(writeText(actual, given, 3)).toBe(expected.length - 8);
      expect(actual.equals(expected)).toBe(true);
    }),
  );
});

it("writes texts of characters of one byte", () => {
  const text = fc.uint8Array({ maxLength: 100 }).map((codes) => Buffer.from(codes).toString("latin1"));
  fc.assert(
    fc.property(text, (given) => {
      const expected = bytes(given, "latin1");
      const actual = Buffer.alloc(expected.length);
      expect(writeOneByteText(actual, given, 3)).toBe(given.length);
      expect(actual.equals(expected)).toBe(true);
    }),
  );
});
