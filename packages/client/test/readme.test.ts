import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { compile } from "./support/compile.js";

test("what the README shows compiles", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const snippets = [...readme.matchAll(/```ts\n\/\/ (\w+)\.ts\n(.*?)```/gs)].map(([, name, code]) => [
    name,
    code,
  ]);
  expect(snippets.map(([name]) => name as string)).toEqual(["topics", "app", "connection", "errors"]);
  const said = compile(Object.fromEntries(snippets) as Record<string, string>);
  expect(said).toEqual({ topics: [], app: [], connection: [], errors: [] });
});
