import { describe, test } from "vitest";
import { hasNats } from "../support/nats-server.js";
import { runModel } from "./model/run-model.js";
import type { SystemKind } from "./model/system.js";

describe("random commands for long, compared with a simple model", () => {
  const kinds: readonly SystemKind[] = [
    "memory",
    "durable",
    "relaxed",
    ...(hasNats ? ["nats" as const] : []),
  ];
  test.each(kinds)(
    "%s",
    (kind) => runModel(kind, { numRuns: 100_000, timeMs: 150_000, maxCommands: 150 }),
    300_000,
  );
});
