import { describe, test } from "vitest";
import { runModel } from "./model/run-model.js";
import type { SystemKind } from "./model/system.js";

describe("random commands for long, compared with a simple model", () => {
  test.each<SystemKind>(["memory", "durable", "relaxed"])(
    "%s",
    (kind) => runModel(kind, { numRuns: 100_000, timeMs: 150_000, maxCommands: 150 }),
    300_000,
  );
});
