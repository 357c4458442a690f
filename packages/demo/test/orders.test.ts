import { expect, it } from "vitest";
import { RunningDemo } from "./support.js";

it("the orders example runs to its end, with all that it expects", async () => {
  await using demo = new RunningDemo(["orders"]);
  expect(await demo.ended()).toBe(0);
  expect(demo.stderr).toBe("");
  expect(demo.stdout).not.toContain("NOT OK");
  expect(demo.stdout.match(/^ok /gm)).toHaveLength(6);
  expect(demo.stdout).toContain("invoice for o-5: 50 EUR");
});
