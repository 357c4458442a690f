import { describe, test } from "vitest";
import { runModel } from "./model/run-model.js";
import type { SystemKind } from "./model/system.js";

describe("random commands, compared with a simple model", () => {
  test.each<SystemKind>(["memory", "durable", "relaxed"])(
    "%s",
    (kind) => runModel(kind, { numRuns: 60, timeMs: 5_000, maxCommands: 60 }),
    60_000,
  );
});
