import { startTestServer } from "@rtmsg/server/testing";
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MAIN, SERVICE, SETTINGS, TOPICS, WRONG } from "./support/packed-programs.js";
import { emptyDirectory, packAll, Project } from "./support/project.js";

let tarballs: string;
let app: Project;
let service: Project;

beforeAll(async () => {
  tarballs = await emptyDirectory();
  const { client, server } = await packAll(tarballs);
  // @trpc/client has TypeScript as a peer, and takes the newest where the app has none.
  [app, service] = await Promise.all([
    Project.create({ "topics.ts": TOPICS, "wrong.ts": WRONG }, [client, "zod@4", "typescript@6"]),
    Project.create({ "service.ts": SERVICE }, [client, server, "@types/node@20", "typescript@6"]),
  ]);
}, 120_000);

afterAll(async () => {
  await app.remove();
  await service.remove();
  await rm(tarballs, { recursive: true, force: true });
});

test.each(SETTINGS)(
  "in an app with the packed client alone what is right compiles and runs, and what is wrong does not ($moduleResolution)",
  async (settings) => {
    await using server = await startTestServer();
    await app.write({ "main.ts": MAIN.replace("URL", server.url) });
    expect(await app.installed("@rtmsg")).toEqual(["client"]);

    const compiled = await app.compile(["main.ts", "wrong.ts"], settings);
    const errors = compiled.output.split("\n").filter((line) => line.includes("error TS"));
    expect(errors).toEqual([
      expect.stringMatching(/^wrong\.ts.* Did you mean '"orders\.created"'\?$/),
      expect.stringMatching(/^wrong\.ts.* Property 'total' is missing/),
      expect.stringMatching(/^wrong\.ts.* Type '"order\.\*"' is not assignable/),
    ]);

    const { output } = await app.run("main.js");
    expect(output.trim().split("\n")).toEqual(["received true 12", "gap after aaaaaaaa-1", "stock 2"]);
  },
  60_000,
);

test("a program with both packages compiles and runs", async () => {
  const compiled = await service.compile(["service.ts"], { ...SETTINGS[0], types: ["node"] });
  expect(compiled).toEqual({ code: 0, output: "" });
  expect(await service.run("service.js")).toEqual({ code: 0, output: "received 12\n" });
}, 60_000);
