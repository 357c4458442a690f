import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  assertTopicName,
  assertTopicSelection,
  isPattern,
  isTopicName,
  isTopicSelection,
  LIMITS,
  RtmsgError,
  selectionCovers,
  selectionsOverlap,
  selects,
} from "../../src/protocol/index.js";
import { allNames, bruteSelects, topicName, topicSelection } from "../support/arbitraries.js";

const NAMES = ["a", "orders.created", "A-Z_a~z.0-9", "x".repeat(255), "~", "a.b.c.d.e.f.g"];
const PATTERNS = ["*", ">", "a.*", "*.a", "a.>", "*.*.>", "orders.*.created"];
const INVALID = [
  "",
  ".",
  "a.",
  ".a",
  "a..b",
  "a b",
  "a/b",
  "ä",
  "a\n",
  "a*",
  "*a.b",
  "a.**",
  ">.a",
  "a.>.b",
  "a>",
  "a:b",
  "__proto__\0",
  "x".repeat(256),
];

describe("topic names", () => {
  it.each(NAMES)("takes %s as a name and as a selection", (text) => {
    expect(isTopicName(text)).toBe(true);
    expect(isTopicSelection(text)).toBe(true);
    expect(isPattern(text)).toBe(false);
    expect(() => assertTopicName(text)).not.toThrow();
  });

  it.each(PATTERNS)("takes %s as a pattern, and not as a name", (text) => {
    expect(isTopicName(text)).toBe(false);
    expect(isTopicSelection(text)).toBe(true);
    expect(isPattern(text)).toBe(true);
    expect(() => assertTopicSelection(text)).not.toThrow();
    expect(() => assertTopicName(text)).toThrow(/is a pattern/);
  });

  it.each(INVALID)("refuses %j as either", (text) => {
    expect(isTopicName(text)).toBe(false);
    expect(isTopicSelection(text)).toBe(false);
    for (const check of [assertTopicName, assertTopicSelection]) {
      expect(() => check(text)).toThrow(RtmsgError);
      expect(() => check(text)).toThrow(expect.objectContaining({ code: "TOPIC_INVALID" }));
    }
  });

  it("names the length and the limit of a name that is too long, and not the whole name", () => {
    const length = 10_000_000;
    try {
      assertTopicName("x".repeat(length));
      expect.unreachable();
    } catch (error) {
      const { message } = error as Error;
      expect(message).toContain(String(length));
      expect(message).toContain(String(LIMITS.topicLength));
      expect(message.length).toBeLessThan(200);
    }
  });

  it("answers for a hostile text at once", () => {
    const started = performance.now();
    for (const text of [
      "a.".repeat(127),
      "*.".repeat(127),
      `${"a".repeat(254)}!`,
      "a.a.".repeat(1_000_000),
    ]) {
      isTopicName(text);
      isTopicSelection(text);
    }
    expect(performance.now() - started).toBeLessThan(100);
  });
});

describe("selections", () => {
  /** Every name up to one token longer than any selection drawn from the same tokens, and one token outside. */
  const names = allNames(["a", "b", "z"], 5);
  const small = topicSelection.map((selection) =>
    selection.replaceAll(/[^.*>]+/g, (part) => (part < "_" ? "a" : "b")),
  );

  it("select what the definition says, for any selection and name", () => {
    fc.assert(
      fc.property(topicSelection, topicName, (selection, topic) => {
        expect(selects(selection, topic)).toBe(bruteSelects(selection, topic));
      }),
      { numRuns: 2_000 },
    );
  });

  it("overlap exactly when some name is selected by both", () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        const expected = names.some((name) => bruteSelects(a, name) && bruteSelects(b, name));
        expect(selectionsOverlap(a, b)).toBe(expected);
        expect(selectionsOverlap(b, a)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("cover another exactly when they select each of its names", () => {
    fc.assert(
      fc.property(small, small, (outer, inner) => {
        const expected = names
          .filter((name) => bruteSelects(inner, name))
          .every((name) => bruteSelects(outer, name));
        expect(selectionCovers(outer, inner)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });
});
