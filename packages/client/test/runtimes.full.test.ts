import { defineTopics } from "@rtmsg/client";
import { jwtAuth } from "@rtmsg/server";
import { startTestServer } from "@rtmsg/server/testing";
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { emptyDirectory, packAll, Project } from "./support/project.js";
import { RoughProxy } from "./support/rough-proxy.js";
import { REFUSED, RUNTIME_TOPICS, RUNTIMES, STEADY } from "./support/runtimes.js";

const COUNT = 600;
const CUTS = 15;
const topics = defineTopics({ "logs.>": z.object({ n: z.number() }) });

let tarballs: string;
let app: Project;

beforeAll(async () => {
  tarballs = await emptyDirectory();
  const { client } = await packAll(tarballs);
  const files = { "topics.ts": RUNTIME_TOPICS, "steady.ts": STEADY, "refused.ts": REFUSED };
  app = await Project.create(files, [client, "zod@4", ...RUNTIMES.map((runtime) => runtime.package)]);
}, 300_000);

afterAll(async () => {
  await app.remove();
  await rm(tarballs, { recursive: true, force: true });
});

/** Runs a program, and reads the line that it prints. */
async function run(program: string, url: string, command: readonly [string, ...string[]]): Promise<unknown> {
  const settings = { url, count: COUNT };
  const constants = Object.entries(settings).map(
    ([name, value]) => `export const ${name} = ${JSON.stringify(value)};`,
  );
  await app.write({ "settings.ts": constants.join("\n") });
  const [file, ...args] = command;
  const { code, output } = await app.runWith(file, [...args, program]);
  if (code !== 0) throw new Error(output);
  return JSON.parse(output);
}

describe.each(RUNTIMES)("in $name, without a module of Node's", ({ command }) => {
  const runtime = (): readonly [string, ...string[]] => command(app.path("node_modules"));

  test("each event is stored once, and comes once and in order, through connections that are cut", async () => {
    await using server = await startTestServer({ topics });
    await using proxy = await RoughProxy.start(Number(new URL(server.url).port), 1, CUTS);
    const result = await run("steady.ts", proxy.url, runtime());
    const { events } = await server.broker.history({ topic: "logs.runtime", limit: 1_000 });
    const stored = events.map(({ data }) => data.n);
    expect(result).toEqual({ seen: stored, duplicates: 0, state: "open" });
    expect(stored.toSorted((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, n) => n));
    expect(proxy.cutsLeft).toBeLessThanOrEqual(0);
  });

  test("a refusal closes the client, and says why", async () => {
    await using server = await startTestServer({ auth: jwtAuth({ secret: "s".repeat(32) }) });
    expect(await run("refused.ts", server.url, runtime())).toEqual({
      code: "UNAUTHENTICATED",
      state: "closed",
    });
  });
});
