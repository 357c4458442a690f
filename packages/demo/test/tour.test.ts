import { expect, it } from "vitest";
import { printingDisplay } from "../src/tour/display.js";
import { walk } from "../src/tour/tour.js";
import { RunningDemo } from "./support.js";

it("the tour walks through every step, and every promise holds", async () => {
  await using demo = new RunningDemo(["tour"]);
  expect(await demo.ended()).toBe(0);
  expect(demo.stderr).toBe("");
  expect(demo.stdout).not.toContain("NOT OK");
  const steps = [...demo.stdout.matchAll(/^\[(\d)\/6\] (.*)\n {6}\S.*\n {2}ok {2}/gm)];
  expect(steps.map(([, number]) => number)).toEqual(["1", "2", "3", "4", "5", "6"]);
  expect(demo.stdout.trimEnd()).toMatch(/Every promise held\.$/);
});

it("the tour ends at a promise that does not hold", async () => {
  let text = "";
  const display = printingDisplay({
    isTTY: true,
    write: (more) => {
      text += String(more);
      return true;
    },
  });
  let isReached = false;
  const held = await walk(
    [
      {
        title: "A step",
        explanation: "It shows something.",
        async run({ check, progress }) {
          progress(1, 2);
          check("one is one", 1, 1);
          check("one is two", 1, 2);
        },
      },
      { title: "Another", explanation: "It comes after.", run: async () => void (isReached = true) },
    ],
    display,
  );
  expect({ held, isReached }).toEqual({ held: false, isReached: false });
  expect(text).toContain("[1/2] A step\n      It shows something.");
  expect(text).toContain("[############............] 1 of 2");
  expect(text).toContain("  ok  one is one\n");
  expect(text).toContain("  NOT OK  one is two: expected 2, and got 1\n");
});
