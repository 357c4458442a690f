import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/protocol/index.js";
import {
  parseGetTopic,
  parseHistory,
  parseListTopics,
  parseProduce,
  parseProduceBatch,
  parseSubscribe,
} from "../../src/protocol/inputs.js";

const refused = (code: string): Error => expect.objectContaining({ code }) as Error;
const event = { topic: "t", data: 1 };

describe("the input of produce", () => {
  it("keeps everything that it knows as it was given, and ignores what it does not know", () => {
    const given = {
      topic: "orders.created",
      data: { at: new Date(0) },
      id: "x".repeat(LIMITS.idLength),
      key: "",
      headers: { valueOf: "a", toString: "b", "x y": "ü" },
      expectedOffset: 0,
    };
    expect(parseProduce({ ...given, unknown: 1 })).toEqual(given);
    expect(parseProduce(event)).toEqual(event);
    expect(parseProduce({ topic: "t" })).toEqual({ topic: "t" });
  });

  it("says the same of an event without key and headers as of one with them", () => {
    const field = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.constantFrom("t", "a.b", "\ud800", "", null, 7, []),
    );
    const input = fc.record({ topic: field, data: fc.anything(), id: field }, { requiredKeys: [] });
    const outcome = (given: unknown): unknown => {
      try {
        const { expectedOffset: _, ...rest } = parseProduce(given);
        return rest;
      } catch (error) {
        return (error as { toJSON(): unknown }).toJSON();
      }
    };
    fc.assert(
      fc.property(input, (given) => {
        expect(outcome(given)).toEqual(outcome({ ...given, expectedOffset: 0 }));
      }),
    );
  });

  it("takes headers up to the limits, in count and in UTF-8", () => {
    const many = Object.fromEntries(Array.from({ length: LIMITS.headerCount }, (_, n) => [`h${n}`, ""]));
    const large = { h: "ü".repeat((LIMITS.headerBytes - 2) / 2), i: "" };
    for (const headers of [{}, many, large])
      expect(parseProduce({ ...event, headers })).toEqual({ ...event, headers });
    for (const headers of [
      { ...many, more: "" },
      { ...large, i: "x" },
      { "": "x" },
      { h: 1 },
      [],
      "x",
      null,
    ]) {
      expect(() => parseProduce({ ...event, headers })).toThrow(refused("INPUT_INVALID"));
    }
  });

  it.each(["__proto__", "constructor", "prototype"])(
    "refuses the header %s, which nobody could read",
    (name) => {
      const headers = JSON.parse(`{"${name}":"x","a":"b"}`) as unknown;
      expect(() => parseProduce({ ...event, headers })).toThrow(refused("INPUT_INVALID"));
    },
  );

  it.each([
    ["id", ["", "x".repeat(256), 7, null, {}, "\ud800", "a\udc00b"]],
    ["key", ["x".repeat(256), 7, null, "\udfff"]],
    ["expectedOffset", [-1, 1.5, Number.NaN, 2 ** 53, "1", null]],
  ])("refuses a wrong %s, and says where", (field, values) => {
    for (const value of values) {
      const parse = (): unknown => parseProduce({ ...event, [field]: value });
      expect(parse).toThrow(refused("INPUT_INVALID"));
      expect(parse).toThrow(`"${field}"`);
    }
  });
});

describe("the input of subscribe", () => {
  it.each(["latest", "earliest", { cursor: "k3v9x2ab-1" }, { offset: 0 }, { time: 0.5 }, { last: 0 }])(
    "takes the start %j",
    (from) => {
      const input = { topic: "a.*", from, onGap: "report", until: "now", marks: true, lastEventId: "x" };
      expect(parseSubscribe(input)).toEqual(input);
    },
  );

  it.each([
    { from: {} },
    { from: { offset: 1, time: 1 } },
    { from: { offset: -1 } },
    { from: { time: -1 } },
    { from: { time: Number.NaN } },
    { from: { last: 1.5 } },
    { from: null },
    { onGap: "ignore" },
    { until: "later" },
    { marks: 1 },
    { lastEventId: 1 },
    { topic: 1 },
  ])("refuses %j", (wrong) => {
    expect(() => parseSubscribe({ topic: "t", ...wrong })).toThrow(refused("INPUT_INVALID"));
  });
});

describe("any input at all", () => {
  it("is read, or refused with a code", () => {
    const parsers = [
      parseGetTopic,
      parseHistory,
      parseListTopics,
      parseProduce,
      parseProduceBatch,
      parseSubscribe,
    ];
    fc.assert(
      fc.property(fc.constantFrom(...parsers), fc.anything({ withNullPrototype: true }), (parse, input) => {
        try {
          parse(input);
        } catch (error) {
          const { code } = error as { code: string };
          expect(["INPUT_INVALID", "TOPIC_INVALID"]).toContain(code);
        }
      }),
      { numRuns: 500 },
    );
  });
});
