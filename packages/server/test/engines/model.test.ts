import { describe, test } from "vitest";
import { hasNats } from "../support/nats-server.js";
import { runModel } from "./model/run-model.js";
import type { SystemKind } from "./model/system.js";

describe("random commands, compared with a simple model", () => {
  test.each<SystemKind>(["memory", "durable", "relaxed"])(
    "%s",
    (kind) => runModel(kind, { numRuns: 60, timeMs: 5_000, maxCommands: 60 }),
    60_000,
  );

  test.runIf(hasNats)(
    "nats",
    () => runModel("nats", { numRuns: 20, timeMs: 4_000, maxCommands: 40 }),
    60_000,
  );
});
