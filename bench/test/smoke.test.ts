import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { FANOUT_PARTS } from "../src/fanout/parts.js";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const PARTS = Object.keys(FANOUT_PARTS);
/** Every server that the first scenario runs beside rtmsg. */
const PEERS = ["stock tRPC", "naive ws", "Socket.IO", "Aedes", "NATS", "Redis", "node:net relay"];
/** Scenarios that compare rtmsg with itself. */
const ALONE: ReadonlySet<string> = new Set(["growth", "catch-up", "stalled"]);

const figure = z.number().positive();
const reportSchema = z.strictObject({
  benchmark: z.literal("fanout"),
  part: z.enum(PARTS),
  date: z.iso.datetime(),
  size: z.literal("smoke"),
  machine: z.strictObject({
    cpu: z.string(),
    cores: figure,
    memoryGB: figure,
    system: z.string(),
    node: z.literal(process.version),
    fileSystem: z.string(),
    syncMs: figure,
    loadBefore: z.number(),
  }),
  title: z.string().min(1),
  rows: z
    .array(
      z.strictObject({
        group: z.string().min(1),
        what: z.string().min(1),
        // Memory may shrink where there are few to need it, and hardly any processor time may be none.
        value: z.number(),
        other: z.string().min(1),
        otherValue: z.number(),
        unit: z.enum(["/s", "ms", "µs", "MB", "KB"]),
        ratio: z.strictObject({
          median: z.number().nullable(),
          low: z.number().nullable(),
          high: z.number().nullable(),
        }),
        target: z
          .strictObject({
            of: z.enum(["ratio", "value"]),
            is: z.enum(["at least", "at most"]),
            bound: figure,
          })
          .optional(),
        isMet: z.boolean().optional(),
      }),
    )
    .min(1),
  skipped: z.array(z.string()),
});

let folder = "";
let printed = { stdout: "", stderr: "" };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rtmsg-smoke-"));
  const args = [MAIN, "fanout", "--smoke", "--results", folder];
  printed = await promisify(execFile)(process.execPath, args);
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a smoke run of the benchmark", () => {
  it.each(PARTS)("runs %s to its end and writes what it found", async (part) => {
    const report = reportSchema.parse(
      JSON.parse(await readFile(join(folder, `fanout-${part}-smoke.json`), "utf8")),
    );
    expect(report.part).toBe(part);
    // A target that is about a peer is gone with it.
    expect(report.rows.some(({ target }) => target !== undefined) || report.skipped.length > 0).toBe(true);
    const others = new Set(report.rows.map(({ other }) => other));
    const hasPeer = [...others].some((other) => !other.startsWith("rtmsg"));
    // Without its one peer a scenario says so.
    expect(hasPeer || report.skipped.length > 0 || ALONE.has(part)).toBe(true);
    expect(printed.stdout).toContain(`== ${report.title}\n`);
  });

  it("draws a chart of each", async () => {
    expect((await readdir(folder)).filter((file) => file.endsWith(".svg"))).toHaveLength(PARTS.length);
    for (const part of PARTS) {
      const chart = await readFile(join(folder, `fanout-${part}-smoke.svg`), "utf8");
      expect(chart).toMatch(/^<svg [^>]+>[\s\S]+<\/svg>\n$/);
      expect(chart).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  it("meets every peer, or says which one is not there", async () => {
    const { rows, skipped } = reportSchema.parse(
      JSON.parse(await readFile(join(folder, "fanout-many-smoke.json"), "utf8")),
    );
    const met = new Set(rows.map(({ other }) => other));
    const missing = PEERS.filter(
      (peer) => !met.has(peer) && !skipped.some((line) => line.startsWith(`${peer} is skipped: `)),
    );
    expect(missing).toEqual([]);
    for (const line of skipped) expect(printed.stdout).toContain(line);
  });

  it("says what it is doing", () => {
    expect(printed.stderr).toMatch(/^ *\d+ s {2}8 subscribers of one topic, 128 B: /m);
  });
});
