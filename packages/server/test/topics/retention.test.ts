import { describe, expect, it } from "vitest";
import { defineTopics, parseDuration, parseSize, type Duration, type Size } from "../../src/topics/index.js";
import { parseRetention, type RetentionOptions } from "../../src/topics/retention.js";
import { z } from "zod";

const WRONG = [
  0,
  -1,
  Number.NaN,
  Infinity,
  "",
  "7",
  "d",
  "-1d",
  "7w",
  "1e3s",
  "7d ",
  "constructor",
  "1constructor",
  null,
];

describe("durations and sizes", () => {
  it.each([
    [1, 1],
    [1_500.2, 1_501],
    ["250ms", 250],
    ["90s", 90_000],
    ["15m", 900_000],
    ["1.5h", 5_400_000],
    ["12H", 43_200_000],
    ["7d", 604_800_000],
  ] as [Duration, number][])("%s is %d ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    [1, 1],
    ["512b", 512],
    ["512kb", 524_288],
    ["64mb", 67_108_864],
    ["0.5GB", 536_870_912],
  ] as [Size, number][])("%s is %d bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(WRONG)("%j is refused by name", (value) => {
    expect(() => parseDuration(value as Duration, "maxAge")).toThrow(/^maxAge is .*: use a number above 0/);
    expect(() => parseSize(value as Size, "maxBytes")).toThrow(/^maxBytes is .*: use a number above 0/);
  });
});

describe("a topic's retention", () => {
  it("is brought to events, ms and bytes, and what is left out stays out", () => {
    expect(parseRetention({ maxEvents: 10, maxAge: "7d", maxBytes: "64mb" })).toEqual({
      maxEvents: 10,
      maxAge: 604_800_000,
      maxBytes: 67_108_864,
    });
    expect(parseRetention({ maxEvents: undefined })).toEqual({});
  });

  it.each([{ maxEvents: 0 }, { maxEvents: 1.5 }, { maxEvents: "10" }, { maxAge: "7w" }, { maxBytes: -1 }])(
    "%j is refused when the topics are defined, by the topic's name",
    (retention) => {
      const declare = (): unknown =>
        defineTopics({ "chat.*": { schema: z.string(), retention: retention as RetentionOptions } });
      expect(declare).toThrow(TypeError);
      expect(declare).toThrow(/^retention of "chat\.\*"\.max/);
    },
  );
});
