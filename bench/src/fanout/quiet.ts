import { setTimeout as sleep } from "node:timers/promises";
import type { ServerProcess } from "./server-process.js";

const INTERVAL_MS = 50;
/** Processor time in an interval that counts as none. */
const QUIET_MICROS = 5_000;
/** A server that is still busy after so many intervals has work of its own to do. */
const MAX_INTERVALS = 100;

/** Waits until a server has done what it was given. */
export async function untilQuiet(server: ServerProcess): Promise<void> {
  let before = await server.usage();
  for (let interval = 0; interval < MAX_INTERVALS; interval++) {
    await sleep(INTERVAL_MS);
    const now = await server.usage();
    if (now.cpuMicros - before.cpuMicros < QUIET_MICROS) return;
    before = now;
  }
}
