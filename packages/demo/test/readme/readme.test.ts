import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { freePort } from "../../../server/test/support/nats-server.js";
import { readBlocks, readInlineCommands, readLinks, type Block } from "./markdown.js";
import { Shell, type RunningCommand } from "./shell.js";
import { makeSite, type Site } from "./site.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
// What needs nats-server is in a test of its own.
const blocks = readBlocks(readme).filter(({ info }) => !info.startsWith("nats "));

/** Inline commands that are not run: they stand for a block, or this test is a part of them. */
const NOT_RUN = new Set(["npm start", "npm test", "npm run check"]);
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/;
const TIMEOUT_MS = 120_000;

describe("README.md", () => {
  it("links to what is there", () => {
    expect(readLinks(readme).filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });
});

describe.runIf(process.platform !== "win32")("README.md, done as it says", () => {
  let site: Site;
  let shell: Shell;
  let ports: { broker: number; app: number; other: number };
  let printed = "";
  let isOffline = false;

  // The only liberty: the ports, which others may be using.
  const adapted = (text: string): string =>
    text
      .replaceAll("3030", String(ports.broker))
      .replaceAll("4000", String(ports.app))
      .replace(/^npm start$/m, `npm start -- --port ${ports.broker}`);

  beforeAll(async () => {
    site = await makeSite(root);
    ports = { broker: await freePort(), app: await freePort(), other: await freePort() };
    shell = new Shell(site.clone, { RTMSG_URL: `http://127.0.0.1:${ports.broker}` });
  });

  afterAll(async () => {
    await shell[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  });

  const isUp = (running: RunningCommand, pattern: RegExp): Promise<void> =>
    expect.poll(() => running.stdout + running.stderr, { timeout: TIMEOUT_MS }).toMatch(pattern);

  const run = async ({ text }: Block, { skip }: TestContext): Promise<void> => {
    const { code, stdout, stderr } = await shell.run(adapted(text));
    if (code !== 0 && OFFLINE.test(stderr)) isOffline = true;
    if (isOffline) skip("the registry cannot be reached");
    if (code !== 0) throw new Error(`${text}ended with ${code}:\n${stdout}${stderr}`);
    printed = stdout;
  };

  /** What each kind of block means: the info string after its three backticks. */
  const kinds: Readonly<Record<string, (block: Block, context: TestContext) => Promise<void>>> = {
    sh: run,
    "sh background": ({ text }) => isUp(shell.start(adapted(text)), /^Broker server running at http:/m),
    "ts example": async ({ text }) => {
      const program = await site.writeExample(text);
      const { code, stdout, stderr } = await new Shell(dirname(program), {}).run(
        `exec "${process.execPath}" "${program}"`,
      );
      if (code !== 0) throw new Error(`The example ended with ${code}:\n${stderr}`);
      printed = stdout;
    },
    "ts file": ({ info, text }) => writeFile(join(shell.cwd, info.replace("file=", "")), adapted(text)),
    "js websocket": async ({ text }) => {
      const page = await site.writePage(adapted(text));
      await isUp(shell.start(`exec "${process.execPath}" "${page}"`), /^This is a new event$/m);
    },
    text: async ({ text }) => {
      expect(printed).toBe(text);
    },
  };

  it.for(blocks)("line $line: $language $info", { timeout: TIMEOUT_MS }, async (block, context) => {
    // What follows an installation that could not be made cannot be done either.
    if (isOffline) context.skip("the registry cannot be reached");
    const kind = `${block.language} ${block.info.replace(/=.*/, "")}`.trim();
    const act = kinds[kind];
    if (act === undefined) throw new Error(`"${kind}" is no kind of block that this test knows`);
    await act(block, context);
  });

  it("means what its comments say about types", { timeout: TIMEOUT_MS }, async ({ skip }) => {
    if (isOffline) skip("the registry cannot be reached");
    const app = join(site.path, "my-app");
    const wrong = `
      import { createClient } from "@rtmsg/client";
      import type { topics } from "./topics.js";
      const client = createClient<typeof topics>({ url: "http://127.0.0.1:4000" });
      // @ts-expect-error: not declared
      await client.produce.mutate({ topic: "orders.creatd", data: { id: "o-1", total: 12 } });
      // @ts-expect-error: not of the schema's shape
      await client.produce.mutate({ topic: "orders.created", data: { id: "o-1", total: "12" } });
    `;
    await writeFile(join(app, "wrong.ts"), wrong);
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const options = "--noEmit --strict --skipLibCheck --module nodenext --target es2023";
    const { code, stdout } = await new Shell(app, {}).run(
      `"${process.execPath}" "${tsc}" ${options} server.ts app.ts wrong.ts`,
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  });

  const inline = readInlineCommands(readme).filter((command) => !NOT_RUN.has(command));
  it.for(inline)("`%s`", { timeout: TIMEOUT_MS }, async (command, { skip }) => {
    if (isOffline) skip("the registry cannot be reached");
    if (command.startsWith("curl -N")) {
      const stream = shell.start(`exec ${adapted(command)}`);
      // Its start is said at once.
      await isUp(stream, /^id: /m);
      await shell.run("npm run rtmsg -- produce newtopic streamed");
      await isUp(stream, /^data: .*"data":"streamed"/m);
    } else if (command.startsWith("npm start -- --topics")) {
      const started = shell.start(`exec ${command} --port ${ports.other} --data ./other-log`);
      await isUp(started, /^Engine: .* Topics: orders\.created, chat\.\*\.$/m);
    } else if (command.startsWith("npm run bench")) {
      // Only that it works: figures take minutes.
      const ended = await shell.run(`${command} --smoke --results ./bench-results`);
      expect(ended).toMatchObject({ code: 0 });
      expect(ended.stdout).toContain("server CPU per delivery");
    } else {
      expect(await shell.run(adapted(command))).toMatchObject({ code: 0 });
    }
  });
});
