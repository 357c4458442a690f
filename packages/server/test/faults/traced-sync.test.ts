import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { WebSocket } from "ws";
import { describe, expect, it } from "vitest";
import { startChildBroker } from "../engines/support/child-broker.js";
import { tempFolder } from "../engines/support/temp-folder.js";
import { parseTrace, sentBeforeSync, type Sent } from "./system-calls.js";

const STRACE = [
  "strace",
  // Traces from a process beside the broker, which stays the one that is told to end.
  "-D",
  "-f",
  "-yy",
  "-s",
  "200000",
  "-e",
  "trace=openat,write,writev,pwrite64,pwritev,fsync,fdatasync",
  "-e",
  // A slow disk: whoever does not wait for it is seen.
  "inject=fdatasync:delay_enter=20000",
];
const canTrace = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;

const root = tempFolder();

/** Produces events over several connections to a traced broker, and lists what left it. */
async function traceProduces(durability: "durable" | "relaxed"): Promise<readonly string[]> {
  const trace = join(root, `${durability}.trace`);
  const data = join(root, durability);
  const sent: Sent[] = [];
  {
    await using broker = await startChildBroker(data, { durability, under: [...STRACE, "-o", trace] });
    const subscriber = new WebSocket(`${broker.url.replace("http", "ws")}/subscribe/t`);
    await once(subscriber, "open");
    const delivered: string[] = [];
    subscriber.on("message", (message: Buffer) => delivered.push(message.toString()));
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const marker = `marker ${round}.${index};`;
          const body = JSON.stringify(marker);
          const answer = await fetch(`${broker.url}/produce/t`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body,
          });
          expect(answer.status).toBe(200);
          const { cursor } = (await answer.json()) as { cursor: string };
          sent.push({ stored: marker, sent: `\\"cursor\\":\\"${cursor}\\"` });
          sent.push({ stored: marker, sent: marker });
        }),
      );
    }
    await expect.poll(() => delivered.length).toBe(40);
    subscriber.close();
    expect(await broker.end("SIGTERM")).toBe(0);
  }
  await expect.poll(() => readFileSync(trace, "latin1")).toMatch(/exited with 0 \+\+\+\n$/);
  const calls = parseTrace(readFileSync(trace, "latin1"));
  return sentBeforeSync(calls, join(data, "data.mdb"), sent);
}

// Elsewhere the order of a commit is held by the test of group commit alone.
describe.runIf(canTrace)("a broker whose system calls are traced with strace", () => {
  it("sends each receipt, and each event to its subscribers, after the sync that covers it", async () => {
    expect(await traceProduces("durable")).toEqual([]);
  });

  it("does not wait for it when the operator chose so, which this test would notice", async () => {
    expect((await traceProduces("relaxed")).length).toBeGreaterThan(20);
  });
});
