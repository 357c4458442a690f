import fc from "fast-check";
import { test } from "vitest";
import { surviveCuts } from "./support/survive-cuts.js";

test("each event once, in order, for every subscriber, and stored once, over 50 cuts at random", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), (seed) => surviveCuts(seed, 50)),
    { numRuns: 1, endOnFailure: true },
  );
});
