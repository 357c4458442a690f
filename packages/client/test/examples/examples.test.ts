import { expect, test } from "vitest";
import { compile } from "../support/compile.js";
import { complete } from "./complete.js";
import { docExamples } from "./doc-examples.js";
import { knownNames } from "./known-names.js";
import { WORLD } from "./world.js";

/** What is never read: examples declare things to show how. */
const UNUSED = /^(6133|6192|6196|6198|6199) /;

test("what doc comments show compiles", { timeout: 120_000 }, () => {
  const examples = [...docExamples("client"), ...docExamples("server")];
  expect(examples.length).toBeGreaterThan(90);
  const known = knownNames(WORLD.world);
  const fileOf = (index: number): string => `example-${index}.tsx`;
  const programs = examples.map(({ code }, index) => [fileOf(index), complete(code, known)] as const);
  const sources: Record<string, string> = {
    "topics.ts": WORLD.topics,
    "world.ts": WORLD.world,
    ...Object.fromEntries(programs),
  };
  const said = compile(sources);
  const wrong = examples.flatMap(({ name }, index) => {
    const errors = said[fileOf(index)]?.filter((one) => !UNUSED.test(one)) ?? ["not compiled"];
    return errors.length === 0 ? [] : [{ name, errors }];
  });
  expect(wrong).toEqual([]);
  expect(said["world.ts"]).toEqual([]);
});
