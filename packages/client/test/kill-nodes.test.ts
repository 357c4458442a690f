import { describe, expect, it } from "vitest";
import { hasNats } from "../../server/test/support/nats-server.js";
import { expectKept } from "./support/expect-kept.js";
import { killNodes } from "./support/kill-nodes.js";

describe.runIf(hasNats)("clients of two brokers that share a log", () => {
  it("lose, double and reorder nothing when brokers are killed", async () => {
    const seen = await killNodes(2);
    expect(seen.acknowledged.size).toBeGreaterThan(0);
    expectKept(seen);
  }, 120_000);
});
