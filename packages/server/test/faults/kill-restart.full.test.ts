import { expect, test } from "vitest";
import { expectNothingLost } from "./expect-nothing-lost.js";
import { killAndRestart } from "./kill-restart.js";

const KILLS = 100;

test("a broker that is killed a hundred times loses, doubles and reorders nothing", async () => {
  const observed = await killAndRestart(KILLS, Math.random, (killed) => {
    if (killed % 10 === 0) console.log(`${killed} of ${KILLS} kills`);
  });
  expect(observed.acknowledged.size).toBeGreaterThan(KILLS);
  console.log(`${observed.acknowledged.size} events acknowledged, ${observed.log.length} stored`);
  expectNothingLost(observed);
}, 900_000);
