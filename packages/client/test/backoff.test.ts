import { expect, test } from "vitest";
import { Backoff, BACKOFF_DEFAULTS } from "../src/connection/backoff.js";

test("the bound of a wait doubles up to the maximum, and starts over after a success", () => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 500 }, 1, () => 1);
  expect([1, 2, 3, 4, 5].map(() => backoff.next())).toEqual([100, 200, 400, 500, 500]);
  backoff.reset();
  expect(backoff.next()).toBe(100);
});

test("with several addresses the bound doubles when each has been tried", () => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 300 }, 3, () => 1);
  const waits = Array.from({ length: 8 }, () => backoff.next());
  expect(waits).toEqual([100, 100, 100, 200, 200, 200, 300, 300]);
});

test("waits are spread over all of their bound, from nothing on", () => {
  const backoff = new Backoff({ baseMs: 1_000, maxMs: 1_000 });
  const waits = Array.from({ length: 1_000 }, () => backoff.next());
  expect(Math.min(...waits)).toBeLessThan(50);
  expect(Math.max(...waits)).toBeGreaterThan(950);
  expect(waits.every((wait) => wait >= 0 && wait < 1_000)).toBe(true);
});

test("however many attempts have failed, a wait is one that a timer can do", () => {
  const backoff = new Backoff({ ...BACKOFF_DEFAULTS, maxMs: Number.POSITIVE_INFINITY }, 1, () => 1);
  for (let attempt = 0; attempt < 2_000; attempt++) backoff.next();
  expect(backoff.next()).toBe(2 ** 31 - 1);
});
