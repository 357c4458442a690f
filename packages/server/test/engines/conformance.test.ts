import { join } from "node:path";
import { describe, test } from "vitest";
import { openEngine } from "../../src/engines/lmdb/open-engine.js";
import { DEFAULT_TUNING, type LmdbTuning } from "../../src/engines/lmdb/tuning.js";
import { memoryEngine } from "../../src/engines/memory.js";
import { engineConformance, type EngineUnderTest } from "../../src/testing/index.js";
import { SMALL_TUNING } from "./support/small-tuning.js";
import { tempFolder } from "./support/temp-folder.js";

const folder = tempFolder();
const runner = { describe, test };

function lmdb(name: string, isRelaxed: boolean, tuning: LmdbTuning): EngineUnderTest {
  return {
    name,
    isPersistent: true,
    open: ({ log, settings, maxLogBytes }) =>
      openEngine({ path: join(folder, log), isRelaxed, maxLogBytes }, settings, tuning),
  };
}

engineConformance(runner, {
  name: "memory",
  isPersistent: false,
  open: ({ settings, maxLogBytes }) =>
    memoryEngine(maxLogBytes === undefined ? {} : { maxBytes: maxLogBytes })(settings),
});
engineConformance(runner, lmdb("lmdb", false, DEFAULT_TUNING));
engineConformance(runner, lmdb("lmdb, relaxed", true, DEFAULT_TUNING));
engineConformance(runner, lmdb("lmdb with low thresholds", false, SMALL_TUNING));
