import { startTestServer } from "@rtmsg/server/testing";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { topics } from "./topics.js";

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL("..", import.meta.url));
const { resolve } = createRequire(import.meta.url);

it("the generated module is what the broker's topics make", async () => {
  await using server = await startTestServer({ topics });
  const rtmsg = fileURLToPath(new URL("../node_modules/rtmsg/dist/main.js", import.meta.url));
  const args = ["generate", "--check", "--out", "src/events.ts", "--url", server.url];
  const { stdout } = await run(process.execPath, [rtmsg, ...args], { cwd: FOLDER });
  expect(stdout).toBe("src/events.ts is up to date: 2 topics\n");
});

it("the app runs against a broker that it knows by URL only", async () => {
  await using server = await startTestServer({ topics });
  const args = ["--import", `file://${resolve("tsx")}`, "src/main.ts", server.url];
  const { stdout } = await run(process.execPath, args, { cwd: FOLDER });
  expect(stdout).toBe("LH123 left at 2026-01-02T03:04:05.000Z with 182 on board\nweather.berlin 12 knots\n");
});
