import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { startNats } from "../../support/nats-server.js";
import { allCommands, retention } from "./commands.js";
import type { SystemKind } from "./system.js";
import { World } from "./world.js";

/** Memory, where there is a disk made of it: what is tested here is not the disk. */
const base = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** How long a model is compared. */
export interface ModelRun {
  readonly numRuns: number;
  /** No run is begun after so long. */
  readonly timeMs: number;
  /** Most commands of one run. */
  readonly maxCommands: number;
}

/** Runs random commands against an engine and the model. */
export async function runModel(kind: SystemKind, { numRuns, timeMs, maxCommands }: ModelRun): Promise<void> {
  await using server = kind === "nats" ? await startNats() : undefined;
  let runs = 0;
  const commands = fc.commands(allCommands, { maxCommands, size: "max" });
  const property = fc.asyncProperty(retention, commands, async (kept, run) => {
    const root = mkdtempSync(join(base, "rtmsg-model-"));
    const nats = { servers: server?.url ?? "", stream: `run-${++runs}` };
    const world = new World(kind, { root, nats }, kept);
    try {
      await world.system.open();
      await fc.asyncModelRun(() => ({ model: {}, real: world }), run);
      await world.finish();
    } finally {
      await world.system.close();
      rmSync(root, { recursive: true, force: true });
    }
  });
  await fc.assert(property, { numRuns, plugins: [fc.interruptAfterTimeLimit(timeMs)] });
}
