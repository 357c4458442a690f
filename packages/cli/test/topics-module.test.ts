import { describe, expect, it } from "vitest";
import { startCli } from "./support/cli.js";
import { runHere } from "./support/run-here.js";
import { tempFolder } from "./support/temp-folder.js";

const MEMORY = ["serve", "--port", "0", "--engine", "memory"];

const TOPICS = `
import { defineTopics } from "@rtmsg/server";
import { z } from "zod";
import type { Order } from "./order.js";

const order: z.ZodType<Order> = z.object({ id: z.string(), total: z.number() });

export const topics = defineTopics({
  "orders.created": order,
  "chat.*": { schema: z.object({ text: z.string() }), retention: { maxEvents: 10 } },
});
`;

describe("rtmsg serve --topics", () => {
  it("serves a module in TypeScript, from a folder that is no project", async () => {
    await using folder = await tempFolder();
    await folder.write("order.ts", "export interface Order { id: string; total: number }");
    await folder.write("topics.ts", TOPICS);
    await using broker = startCli([...MEMORY, "--topics", "./topics.ts"], { cwd: folder.path });
    const url = await broker.url();
    await broker.printed(/Topics: orders\.created, chat\.\*\.$/m);

    const right = await runHere(["produce", "orders.created", '{"id":"o-1","total":12}', "--url", url]);
    expect(right).toMatchObject({ code: 0, stderr: "" });
    const wrong = await runHere(["produce", "orders.created", '{"id":1}', "--url", url]);
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toContain("(DATA_INVALID)");
    expect(wrong.stderr).toMatch(/\n {2}total: .*\n$/);
    const undeclared = await runHere(["produce", "orders.shipped", "1", "--url", url]);
    expect(undeclared).toMatchObject({ code: 1, stdout: "" });
    expect(undeclared.stderr).toContain("(TOPIC_UNKNOWN)");
  });

  it("allows undeclared topics beside the declared when told to", async () => {
    await using folder = await tempFolder();
    await folder.write("order.ts", "export interface Order { id: string; total: number }");
    const file = await folder.write("topics.ts", TOPICS);
    await using broker = startCli([...MEMORY, "--topics", file, "--undeclared-topics", "allow"]);
    const url = await broker.url();
    await broker.printed(/Topics: orders\.created, chat\.\*, and any other\.$/m);
    expect((await runHere(["produce", "orders.shipped", "1", "--url", url])).code).toBe(0);
  });

  it("takes a default export, in JavaScript and through the client", async () => {
    await using folder = await tempFolder();
    const file = await folder.write(
      "topics.mjs",
      'import { defineTopics } from "@rtmsg/client";\nimport * as z from "zod";\nexport default defineTopics({ hello: z.string() });\n',
    );
    await using broker = startCli([...MEMORY, "--topics", file]);
    await broker.printed(/Topics: hello\.$/m);
  });

  it("takes the packages that the module's own project has installed", async () => {
    await using folder = await tempFolder();
    const manifest = { name: "@rtmsg/server", type: "module", exports: "./index.js" };
    await folder.write("node_modules/@rtmsg/server/package.json", JSON.stringify(manifest));
    await folder.write(
      "node_modules/@rtmsg/server/index.js",
      `const selection = "from.the.project";
       export const defineTopics = (schema) => ({ definitions: new Map([[selection, { selection, schema, retention: {} }]]) });`,
    );
    const file = await folder.write(
      "topics.ts",
      'import { defineTopics } from "@rtmsg/server";\nimport { z } from "zod";\nexport const topics = defineTopics(z.any());\n',
    );
    await using broker = startCli([...MEMORY, "--topics", file]);
    await broker.printed(/Topics: from\.the\.project\.$/m);
  });

  it.each([
    ["nothing that is a topic", "export const other = 1;", "exports other, and no topics"],
    ["nothing at all", "", "exports nothing, and no topics"],
    ["something else", "export const topics = { a: 1 };", "were not made by defineTopics"],
    ["a syntax error", "const a = 1;\nexport const topics = {{", "at line 2, column"],
    [
      "an import of what is not installed",
      'import "not-installed-anywhere";',
      'it cannot find "not-installed-anywhere": run "npm install not-installed-anywhere" in',
    ],
    [
      "an import of no file",
      'import "./no-such-file.js";',
      'cannot find "./no-such-file.js": check the path',
    ],
    [
      "overlapping patterns",
      'import { defineTopics } from "@rtmsg/server";\nimport { z } from "zod";\nexport const topics = defineTopics({ "a.*": z.any(), "*.b": z.any() });',
      'Patterns "a.*" and "*.b" overlap',
    ],
    [
      "an error of its own",
      'function fail(): never {\n  throw new Error("no luck");\n}\nfail();',
      "no luck (at line",
    ],
    ["a thrown text", 'throw "no luck";', "it threw no luck"],
    ["bytes", "\u0000\u0001\u0002\u007F", "could not be loaded"],
  ])("explains a module with %s", async (_what, source, message) => {
    await using folder = await tempFolder();
    const file = await folder.write("topics.ts", source);
    const ended = await runHere([...MEMORY, "--topics", file]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toContain(`error: `);
    expect(ended.stderr).toContain(file);
    expect(ended.stderr).toContain(message);
    // One line, and no stack.
    expect(ended.stderr.trimEnd()).not.toContain("\n");
  });

  it("says that there is no such module", async () => {
    await using folder = await tempFolder();
    const ended = await runHere([...MEMORY, "--topics", folder.path]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^error: There is no topics module at .*: write one, or check --topics\n$/);
  });
});
