import { defineTopics } from "@rtmsg/server";
import { startTestServer } from "@rtmsg/server/testing";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { startCli } from "../support/cli.js";
import { PATIENCE } from "../support/poll.js";
import { runHere } from "../support/run-here.js";
import { tempFolder } from "../support/temp-folder.js";
import { topics } from "./topics.js";

const TOPICS_FILE = fileURLToPath(new URL("topics.ts", import.meta.url));

const moduleOf = (schema: string): string =>
  `import { defineTopics } from "@rtmsg/server";\nimport { z } from "zod";\nexport const topics = defineTopics({ "a.b": ${schema} });\n`;

afterEach(() => vi.unstubAllEnvs());

describe("rtmsg generate", () => {
  it("writes the same module from a broker as from the topics themselves", async () => {
    await using server = await startTestServer({ topics });
    await using folder = await tempFolder();
    const [fromBroker, fromModule] = [join(folder.path, "src/broker.ts"), join(folder.path, "module.ts")];
    const ended = await runHere(["generate", "--url", server.url, "--out", fromBroker]);
    const count = topics.definitions.size;
    expect(ended).toEqual({ code: 0, stdout: `${fromBroker} written: ${count} topics\n`, stderr: "" });
    expect(await runHere(["generate", "--topics", TOPICS_FILE, "--out", fromModule])).toMatchObject({
      code: 0,
    });
    const text = await readFile(fromBroker, "utf8");
    expect(text).toContain('  readonly "chat.*": TopicType<ChatAny>;\n');
    expect(await readFile(fromModule, "utf8")).toBe(text);
  });

  it("leaves a file as it is that need not change", async () => {
    await using folder = await tempFolder();
    const file = await folder.write("topics.ts", moduleOf("z.string()"));
    const out = join(folder.path, "out.ts");
    await runHere(["generate", "--topics", file, "--out", out]);
    const before = await stat(out);
    const ended = await runHere(["generate", "--topics", file, "--out", out]);
    expect(ended).toEqual({ code: 0, stdout: `${out} is up to date: 1 topic\n`, stderr: "" });
    expect((await stat(out)).ino).toBe(before.ino);
  });

  it("checks a file, which is stale once the schema has changed", async () => {
    await using folder = await tempFolder();
    const out = join(folder.path, "out.ts");
    const stale = {
      code: 1,
      stdout: "",
      stderr: `error: ${out} is not what the topics make: run the command without --check\n`,
    };
    const check = async (schema: z.ZodType): Promise<unknown> => {
      await using server = await startTestServer({ topics: defineTopics({ "a.b": schema }) });
      return await runHere(["generate", "--check", "--url", server.url, "--out", out]);
    };
    expect(await check(z.object({ at: z.date() }))).toEqual(stale);
    {
      const written = defineTopics({ "a.b": z.object({ at: z.date() }) });
      await using server = await startTestServer({ topics: written });
      await runHere(["generate", "--url", server.url, "--out", out]);
    }
    expect(await check(z.object({ at: z.date() }))).toMatchObject({ code: 0 });
    expect(await check(z.object({ at: z.date().optional() }))).toEqual(stale);
  });

  it("writes again when a broker comes back with other topics", async () => {
    await using folder = await tempFolder();
    const out = join(folder.path, "out.ts");
    const first = await startTestServer({ topics: defineTopics({ "a.b": z.string() }) });
    const { port } = new URL(first.url);
    await using watching = startCli(["generate", "--watch", "--url", first.url, "--out", out]);
    await watching.printed(/written: 1 topic$/m);
    await first.close();
    const changed = defineTopics({ "a.b": z.bigint(), c: z.string() });
    await using _second = await startTestServer({ topics: changed, port: Number(port) });
    await watching.printed(/written: 2 topics$/m);
    expect(await readFile(out, "utf8")).toContain("export type AB = bigint;");
    watching.kill("SIGINT");
    const { code, stderr } = await watching.ended();
    expect(code).toBe(0);
    expect(stderr).toMatch(/^The broker at \S+ has gone .*\nThe broker at \S+ is back\n$/);
  });

  it("writes again when the topics module, or what it imports, is edited, whatever mistakes are made", async () => {
    await using folder = await tempFolder();
    const file = await folder.write(
      "topics.ts",
      'import { schema } from "./schema.js";\n' +
        moduleOf("schema").replace('import { z } from "zod";\n', ""),
    );
    const schema = (text: string): Promise<string> =>
      folder.write("schema.ts", `import { z } from "zod";\nexport const schema = ${text};\n`);
    await schema("z.string()");
    const out = join(folder.path, "out.ts");
    await using watching = startCli(["generate", "--watch", "--topics", file, "--out", out]);
    await watching.printed(/written: 1 topic$/m);
    const text = (): Promise<string> => readFile(out, "utf8");
    // A watcher takes a moment to begin: what it may have missed is written again.
    await expect.poll(async () => (await schema("z.bigint()"), text()), PATIENCE).toContain("AB = bigint;");
    await writeFile(file, "export const topics = {{");
    await expect.poll(() => watching.stderr, PATIENCE).toMatch(/^error: .*topics\.ts could not be loaded/m);
    await writeFile(file, moduleOf("z.boolean()"));
    await expect.poll(text, PATIENCE).toContain("AB = boolean;");
    watching.kill("SIGTERM");
    expect(await watching.ended()).toMatchObject({ code: 0 });
  });

  it.each([
    [["--check", "--watch"], "--check and --watch do not go together"],
    [["--topics", "t.ts", "--url", "http://localhost:1"], "--topics and --url both name the topics"],
  ])("refuses %s", async (args, message) => {
    const { code, stderr } = await runHere(["generate", "--out", "never-written.ts", ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it("says that there is nothing to make types of", async () => {
    await using server = await startTestServer();
    const ended = await runHere(["generate", "--url", server.url, "--out", "never-written.ts"]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(
      /^error: The broker at \S+ declares no topics, so there are no types: .*\n$/,
    );
  });

  it("writes what the token has a right to, and says when that is nothing", async () => {
    const rights = new Map<string | undefined, string>([
      ["all", ">"],
      ["chat", "chat.>"],
      ["lobby", "chat.lobby"],
    ]);
    await using server = await startTestServer({
      topics,
      auth: (token) => ({
        name: token ?? "",
        rights: { produce: [], subscribe: [rights.get(token) ?? ""], admin: false },
      }),
    });
    await using folder = await tempFolder();
    const out = join(folder.path, "out.ts");
    const generate = async (token: string) => {
      vi.stubEnv("RTMSG_TOKEN", token);
      return await runHere(["generate", "--url", server.url, "--out", out]);
    };
    expect(await generate("all")).toMatchObject({ code: 0, stderr: "" });
    expect((await readFile(out, "utf8")).match(/^ {2}readonly "/gm)).toHaveLength(topics.definitions.size);
    expect(await generate("chat")).toMatchObject({ code: 0, stderr: "" });
    const text = await readFile(out, "utf8");
    expect(text.match(/^ {2}readonly ".*"/gm)).toEqual(['  readonly "chat.*"']);
    // It may read one topic of the pattern, and so not know the pattern.
    const { code, stderr } = await generate("lobby");
    expect(code).toBe(1);
    expect(stderr).toContain("declares no topics that the token gives a right to");
    expect(await readFile(out, "utf8")).toBe(text);
  });

  it("says that the file cannot be written", async () => {
    await using folder = await tempFolder();
    const file = await folder.write("topics.ts", moduleOf("z.string()"));
    const ended = await runHere(["generate", "--topics", file, "--out", join(file, "out.ts")]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^error: \S+out\.ts cannot be (read|written): .*\n$/);
  });
});
