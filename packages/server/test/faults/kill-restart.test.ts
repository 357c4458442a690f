import { expect, test } from "vitest";
import { expectNothingLost } from "./expect-nothing-lost.js";
import { killAndRestart } from "./kill-restart.js";

test("a broker that is killed under load loses, doubles and reorders nothing", async () => {
  const observed = await killAndRestart(5, Math.random);
  expect(observed.acknowledged.size).toBeGreaterThan(0);
  expectNothingLost(observed);
}, 120_000);
