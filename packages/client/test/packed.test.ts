import { startTestServer } from "@rtmsg/server/testing";
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ITERATE,
  PRODUCE,
  SERVICE,
  SETTINGS,
  STOCK,
  TOPICS,
  urlModule,
  WRONG,
} from "./support/packed-programs.js";
import { emptyDirectory, packAll, Project } from "./support/project.js";
import { bundle } from "./support/vite-bundle.js";

const PROGRAMS = ["produce", "iterate", "stock"] as const;
/** By the name that the app has installed it under. */
const COMPILERS = { "TypeScript 6": "typescript", "TypeScript 5.9": "typescript-5" } as const;
const SETUPS = Object.entries(COMPILERS).flatMap(([name, compiler]) =>
  SETTINGS.map((settings) => [name, settings.moduleResolution, compiler, settings] as const),
);

let tarballs: string;
let app: Project;
let service: Project;

beforeAll(async () => {
  tarballs = await emptyDirectory();
  const { client, server } = await packAll(tarballs);
  const files = {
    "topics.ts": TOPICS,
    "produce.ts": PRODUCE,
    "iterate.ts": ITERATE,
    "stock.ts": STOCK,
    "wrong.ts": WRONG,
    "url.ts": urlModule(""),
  };
  // @trpc/client has TypeScript as a peer, and takes the newest where the app has none.
  const compilers = ["typescript@6", "typescript-5@npm:typescript@5.9"];
  [app, service] = await Promise.all([
    Project.create(files, [client, "zod@4", ...compilers]),
    Project.create({ "service.ts": SERVICE }, [client, server, "@types/node@20", "typescript@6"]),
  ]);
}, 120_000);

afterAll(async () => {
  await app.remove();
  await service.remove();
  await rm(tarballs, { recursive: true, force: true });
});

test("an app gets no other package of this workspace with the client", async () => {
  expect(await app.installed("@rtmsg")).toEqual(["client"]);
});

test.each(SETUPS)(
  "in an app with %s and the resolution of %s what is right compiles strictly and runs, and what is wrong does not",
  async (_name, _resolution, compiler, settings) => {
    await using server = await startTestServer();
    await app.write({ "url.ts": urlModule(server.url) });
    const files = [...PROGRAMS, "wrong"].map((name) => `${name}.ts`);
    const tsc = app.path("node_modules", compiler, "lib", "tsc.js");
    const compiled = await app.compile(files, settings, tsc);
    const errors = compiled.output.split("\n").filter((line) => line.includes("error TS"));
    expect(errors).toEqual([
      expect.stringMatching(/^wrong\.ts.* Did you mean '"orders\.created"'\?$/),
      expect.stringMatching(/^wrong\.ts.* Property 'total' is missing/),
      expect.stringMatching(/^wrong\.ts.* Type '"order\.\*"' is not assignable/),
    ]);

    const printed: string[] = [];
    for (const name of PROGRAMS) printed.push(...(await app.run(`${name}.js`)).output.trim().split("\n"));
    expect(printed).toEqual([
      "produced false 2",
      "received o-1 12",
      "received hi",
      "received there",
      "gap after aaaaaaaa-1",
      "stock 4",
    ]);
  },
  60_000,
);

test("vite bundles an app for the browser without a word, and without anything of Node", async () => {
  const { code, imports, modules, warnings } = await bundle(app.path(), "iterate.ts");
  expect(warnings).toEqual([]);
  expect(imports).toEqual([]);
  const packages = new Set(modules.map((path) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]));
  // superjson up to 2.2.6 copies with it.
  packages.delete("copy-anything");
  expect(packages).toEqual(
    new Set([undefined, "@rtmsg/client", "@trpc/client", "@trpc/server", "superjson"]),
  );
  // For a module of Node that something imports, vite puts an empty one there.
  expect(modules.filter((path) => /browser-external|^node:/.test(path))).toEqual([]);
  expect(code).not.toMatch(/["']node:/);
});

test("a program with both packages compiles and runs", async () => {
  const compiled = await service.compile(["service.ts"], { ...SETTINGS[0], types: ["node"] });
  expect(compiled).toEqual({ code: 0, output: "" });
  expect(await service.run("service.js")).toEqual({ code: 0, output: "received 12\n" });
}, 60_000);
