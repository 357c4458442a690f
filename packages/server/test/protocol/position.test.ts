import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCursor, isCursor, isEpoch, parseCursor, parseFrom } from "../../src/protocol/index.js";

const CURSORS = ["k3v9x2ab-0", "00000000-41", `zzzzzzzz-${Number.MAX_SAFE_INTEGER}`];
const NO_CURSORS = [
  "",
  "-",
  "k3v9x2ab",
  "k3v9x2ab-",
  "k3v9x2ab-01",
  "k3v9x2ab--1",
  "k3v9x2ab-1.5",
  "k3v9x2ab-1e3",
  "K3v9x2ab-1",
  "k3v9x2a-1",
  "k3v9x2abc-1",
  " k3v9x2ab-1",
  "k3v9x2ab-1\n",
  "k3v9x2ab-9007199254740992",
  `k3v9x2ab-${"9".repeat(400)}`,
];
const INVALID = expect.objectContaining({ code: "CURSOR_INVALID" }) as Error;

describe("cursors", () => {
  it.each(CURSORS)("%s is read and written back", (text) => {
    const { epoch, offset } = parseCursor(text);
    expect(isCursor(text)).toBe(true);
    expect(isEpoch(epoch)).toBe(true);
    expect(formatCursor(epoch, offset)).toBe(text);
  });

  it.each(NO_CURSORS)("%j is refused", (text) => {
    expect(isCursor(text)).toBe(false);
    expect(() => parseCursor(text)).toThrow(INVALID);
  });

  it("read back what was written, for any epoch and offset", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{8}$/), fc.maxSafeNat(), (epoch, offset) => {
        expect(parseCursor(formatCursor(epoch, offset))).toEqual({ epoch, offset });
      }),
    );
  });
});

describe("start positions as text", () => {
  it.each([
    ["latest", "latest"],
    ["earliest", "earliest"],
    ["k3v9x2ab-7", { cursor: "k3v9x2ab-7" }],
    ["offset:0", { offset: 0 }],
    ["offset:12", { offset: 12 }],
    ["last:10", { last: 10 }],
    ["last:0", { last: 0 }],
    ["time:1700000000000", { time: 1_700_000_000_000 }],
    ["2026-11-22T10:00:00Z", { time: Date.UTC(2026, 10, 22, 10) }],
    ["2026-11-22T10:00:00.250+01:00", { time: Date.UTC(2026, 10, 22, 9, 0, 0, 250) }],
    ["2026-11-22", { time: Date.UTC(2026, 10, 22) }],
    ["time:2026-11-22T10:00:00Z", { time: Date.UTC(2026, 10, 22, 10) }],
  ])("%s is read", (text, from) => {
    expect(parseFrom(text)).toEqual(from);
  });

  it.each([
    "",
    "Latest",
    "first",
    "offset:",
    "offset:-1",
    "offset:1.5",
    "offset:9007199254740992",
    "offset:99999999999999999999",
    "last:x",
    "last:1e3",
    "time:",
    "time:yesterday",
    "2026-13-45",
    "2026-11-22T25:00:00Z",
    "1969-12-31T00:00:00Z",
    "12",
    "offset:١",
    "k3v9x2ab-01",
  ])("%j is refused", (text) => {
    expect(() => parseFrom(text)).toThrow(INVALID);
  });

  it("never throws anything else, nor repeats a long text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ minLength: 1_000, maxLength: 2_000 })), (text) => {
        try {
          parseFrom(text);
        } catch (error) {
          expect(error).toEqual(INVALID);
          expect((error as Error).message.length).toBeLessThan(250);
        }
      }),
    );
  });
});
