import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";

/**
 * Copies a log as it is on disk at some moment during the call: what a crash at that moment would have
 * left behind.
 *
 * @param from - the folder of a log that is open in this process
 * @param to - a folder to make
 */
export async function snapshot(from: string, to: string, isRelaxed = false): Promise<void> {
  // The engine's environment, opened a second time: what a transaction sees is copied whole.
  const env = open({
    path: join(from, "data.mdb"),
    noSubdir: true,
    maxDbs: 8,
    overlappingSync: isRelaxed,
    eventTurnBatching: false,
    noMemInit: true,
  });
  mkdirSync(to, { recursive: true });
  await env.backup(join(to, "data.mdb"), false);
  await env.close();
}
