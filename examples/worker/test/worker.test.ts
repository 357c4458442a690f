import { startTestServer } from "@rtmsg/server/testing";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readLedger, type Ledger } from "../src/ledger.js";
import { topics } from "../src/topics.js";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const TSX = createRequire(import.meta.url).resolve("tsx");
const ORDERS = 120;
const PATIENCE = { timeout: 20_000 } as const;

it("takes each event exactly once, however often it is killed", { timeout: 120_000 }, async () => {
  await using server = await startTestServer({ topics });
  const folder = await mkdtemp(join(tmpdir(), "rtmsg-worker-"));
  const file = join(folder, "ledger.json");
  const orders = async (): Promise<number> => (await readLedger(file)).orders;
  const work = async (upTo: number): Promise<void> => {
    // The loader is in the worker's own process, so that it is the worker that is killed.
    const worker = spawn(process.execPath, ["--import", `file://${TSX}`, MAIN, server.url, file], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const ended = once(worker, "exit");
    try {
      await expect.poll(orders, PATIENCE).toBeGreaterThanOrEqual(upTo);
    } finally {
      worker.kill("SIGKILL");
      await ended;
    }
  };
  try {
    let sum = 0;
    for (let n = 1; n <= ORDERS; n++) {
      sum += n;
      await server.broker.produce({ topic: "orders.created", data: { id: `o-${n}`, total: n } });
      // Killed in the middle of its work: there is more than it is waited for.
      if (n % 40 === 0) await work(n - 39);
    }
    await work(ORDERS);
    expect(await readLedger(file)).toMatchObject({ orders: ORDERS, sum } satisfies Ledger);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
