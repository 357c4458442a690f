import { ERROR_STATUS } from "@rtmsg/server";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const text = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section]),
);

describe("docs/errors.md", () => {
  it("has a section for each error code, and for nothing else", () => {
    expect([...sections.keys()].toSorted()).toEqual(Object.keys(ERROR_STATUS).toSorted());
  });

  it.each(Object.entries(ERROR_STATUS))(
    "says of %s its status, when it occurs and what to do",
    (code, status) => {
      const section = sections.get(code);
      expect(section).toContain(
        status === 0 ? "- **Status**: none, it never leaves the client\n" : `- **Status**: ${status}\n`,
      );
      expect(section).toMatch(/^- \*\*When\*\*: .+$/m);
      expect(section).toMatch(/^- \*\*Details\*\*: .+$/m);
      expect(section).toMatch(/^- \*\*What to do\*\*: .+$/m);
    },
  );
});
