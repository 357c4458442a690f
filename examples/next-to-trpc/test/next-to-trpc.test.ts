import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const FOLDER = fileURLToPath(new URL("..", import.meta.url));
const { resolve } = createRequire(import.meta.url);

it("the app's procedures and the broker's run on one server and one socket, and it ends by itself", async () => {
  const args = ["--import", `file://${resolve("tsx")}`, "src/main.ts"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: FOLDER });
  expect(stdout).toBe("#1 Write it down\nin the app's list: Write it down\n");
});
