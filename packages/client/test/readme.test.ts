import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { compile } from "./support/compile.js";

test.each([
  ["client", ["topics", "app", "connection", "errors"]],
  ["server", ["server", "broker"]],
])("what the README of the %s shows compiles", async (name, programs) => {
  const readme = await readFile(new URL(`../../${name}/README.md`, import.meta.url), "utf8");
  const snippets = [...readme.matchAll(/```ts\n\/\/ (\w+)\.ts\n(.*?)```/gs)].map(([, file, code]) => [
    file,
    code,
  ]);
  expect(snippets.map(([file]) => file as string)).toEqual(programs);
  const said = compile(Object.fromEntries(snippets) as Record<string, string>);
  expect(said).toEqual(Object.fromEntries(programs.map((program) => [program, []])));
});
