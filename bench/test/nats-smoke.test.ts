import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hasNats } from "../../packages/server/test/support/nats-server.js";
import type { Report } from "../src/harness/report.js";
import { NATS_PARTS } from "../src/nats/parts.js";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rtmsg-smoke-"));
  await promisify(execFile)(process.execPath, [MAIN, "nats", "--smoke", "--results", folder]);
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

it.each(Object.keys(NATS_PARTS))(
  "runs the benchmark %s of the engine nats beside NATS itself",
  async (part) => {
    const text = await readFile(join(folder, `nats-${part}-smoke.json`), "utf8");
    const { rows, skipped } = JSON.parse(text) as Report;
    expect(skipped).toHaveLength(hasNats ? 0 : 1);
    expect(rows.length > 0).toBe(hasNats);
    for (const { what, value, otherValue } of rows) {
      expect(what).toMatch(/^rtmsg, /);
      // Hardly any processor time may be none.
      expect(value).toBeGreaterThanOrEqual(0);
      expect(otherValue).toBeGreaterThanOrEqual(0);
    }
    expect(rows.some(({ target }) => target?.of === "ratio")).toBe(hasNats);
  },
);
