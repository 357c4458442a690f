import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Report } from "../src/harness/report.js";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const CLIENTS = ["@trpc/client", "socket.io-client, keeps nothing"];

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rtmsg-smoke-"));
  await promisify(execFile)(process.execPath, [MAIN, "sdk", "--smoke", "--results", folder]);
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

it.each(["produce", "receive"])("runs the client's benchmark %s beside the other clients", async (part) => {
  const text = await readFile(join(folder, `sdk-${part}-smoke.json`), "utf8");
  const { rows, skipped } = JSON.parse(text) as Report;
  const others = new Set(rows.map(({ other }) => other));
  for (const client of CLIENTS) expect(others).toContain(client);
  const hasRedis = [...others].some((other) => other.startsWith("Redis"));
  if (part === "produce") expect(hasRedis || skipped.length > 0).toBe(true);
  for (const { value, otherValue, target } of rows) {
    expect(value).toBeGreaterThan(0);
    expect(otherValue).toBeGreaterThan(0);
    if (target !== undefined) expect(target.of).toBe("value");
  }
  expect(rows.some(({ target }) => target !== undefined)).toBe(true);
});
