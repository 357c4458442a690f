import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { MAIN, SETTINGS, TOPICS, WRONG } from "./support/packed-programs.js";
import { emptyDirectory, packAll, Project } from "./support/project.js";

test("an app with the packed client compiles with TypeScript 5.9, and what is wrong does not", async () => {
  const tarballs = await emptyDirectory();
  const { client } = await packAll(tarballs);
  const files = { "topics.ts": TOPICS, "main.ts": MAIN, "wrong.ts": WRONG };
  const app = await Project.create(files, [client, "zod@4", "typescript@5.9"]);
  const compiler = app.path("node_modules", "typescript", "lib", "tsc.js");
  try {
    for (const settings of SETTINGS) {
      const options = { ...settings, noEmit: true };
      expect(await app.compile(["main.ts"], options, compiler)).toEqual({ code: 0, output: "" });
      const { output } = await app.compile(["wrong.ts"], options, compiler);
      expect(output.match(/error TS/g)).toHaveLength(3);
    }
  } finally {
    await app.remove();
    await rm(tarballs, { recursive: true, force: true });
  }
}, 120_000);
