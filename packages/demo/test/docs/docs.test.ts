import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { complete } from "../../../client/test/examples/complete.js";
import { knownNames } from "../../../client/test/examples/known-names.js";
import { WORLD } from "../../../client/test/examples/world.js";
import { compile } from "../../../client/test/support/compile.js";
import { fileOf, pageAt, pagesIn, root } from "./pages.js";

const recipes = pagesIn("docs/recipes");
const pages = [...pagesIn("docs"), ...recipes, pageAt("deploy/README.md")];
/** What is never read: snippets declare things to show how. */
const UNUSED = /^(6133|6192|6196|6198|6199) /;

describe("docs", () => {
  it.each(pages.map((page) => [page.path, page] as const))("%s links to what is there", (path, { links }) => {
    const targets = links.map((link) => join(root, dirname(path), link.replace(/#.*/, "")));
    expect(targets.filter((target) => !existsSync(target))).toEqual([]);
  });

  it("has every recipe in its index", () => {
    const indexed = new Set(pageAt("docs/README.md").links.map((link) => join("docs", link)));
    expect(recipes.length).toBeGreaterThanOrEqual(7);
    expect(recipes.filter(({ path }) => !indexed.has(path)).map(({ path }) => path)).toEqual([]);
  });

  it("shows TypeScript that compiles", { timeout: 120_000 }, () => {
    const known = knownNames(WORLD.world);
    const sources: Record<string, string> = { "topics.ts": WORLD.topics, "world.ts": WORLD.world };
    for (const page of [pageAt("docs/quick-start.md"), pageAt("docs/concepts.md"), ...recipes]) {
      for (const block of page.blocks.filter(({ language }) => /^tsx?$/.test(language))) {
        const file = fileOf(block);
        // A file of a page is whole; a snippet takes for granted what examples do.
        if (file !== undefined) sources[`${page.path.replaceAll("/", "-")}/${file}`] = block.text;
        else sources[`${page.path.replaceAll("/", "-")}-${block.line}.tsx`] = complete(block.text, known);
      }
    }
    expect(Object.keys(sources).length).toBeGreaterThan(30);
    const wrong = Object.entries(compile(sources))
      .map(([name, errors]) => ({ name, errors: errors.filter((error) => !UNUSED.test(error)) }))
      .filter(({ errors }) => errors.length > 0);
    expect(wrong).toEqual([]);
  });
});
