import { expect, it } from "vitest";
import { keyedHash, newHashKey, type HashKey } from "../../src/log/keyed-hash.js";

const KEY: HashKey = [0x03020100, 0x07060504];

it("tells texts apart by every character, by their length, and by the key", () => {
  const texts = ["", "\0", "\0\0", "a", "b", "ab", "ba", "abc", "a\0", "€", "ab€", "x".repeat(1_000)];
  const hashes = texts.map((text) => keyedHash(KEY, text));
  expect(new Set(hashes).size).toBe(texts.length);
  expect(texts.map((text) => keyedHash(KEY, text))).toEqual(hashes);
  expect(texts.map((text) => keyedHash([KEY[0] + 1, KEY[1]], text))).not.toEqual(hashes);
  for (const hash of hashes) expect(hash).toBe(hash >>> 0);
});

it("spreads texts that differ little over the places of a table", () => {
  const key = newHashKey();
  const places = new Uint32Array(1_024);
  for (let n = 0; n < 1_024 * 64; n++) {
    const place = keyedHash(key, `user-${n}`) & 1_023;
    places[place] = (places[place] as number) + 1;
  }
  // 64 are expected in each, with a deviation of 8.
  expect(Math.max(...places)).toBeLessThan(64 + 8 * 8);
  expect(Math.min(...places)).toBeGreaterThan(64 - 8 * 7);
});
