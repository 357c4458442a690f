import { describe, expect, it } from "vitest";
import { progressLine } from "../src/io/progress.js";

describe("a progress line", () => {
  it("has a bar and the time left where the total is known", () => {
    const options = { what: "Exporting", unit: "event", total: 2_000 } as const;
    expect(progressLine(options, 500, 10)).toBe(
      "Exporting ██████░░░░░░░░░░░░░░░░░░ 25%, 500 events, 10/s, 2 min 30 s left",
    );
    expect(progressLine(options, 2_100, 10)).toBe(`Exporting ${"█".repeat(24)} 100%, 2,100 events, 10/s`);
    expect(progressLine(options, 0, 0)).toBe(`Exporting ${"░".repeat(24)} 0%, 0 events, 0/s`);
  });

  it("counts where it is not", () => {
    expect(progressLine({ what: "Importing", unit: "byte" }, 1_536, 10_485_760, "12 events")).toBe(
      "Importing 1.5 KB, 10.0 MB/s, 12 events",
    );
  });
});
