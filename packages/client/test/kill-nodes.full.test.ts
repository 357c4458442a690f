import { describe, it } from "vitest";
import { hasNats } from "../../server/test/support/nats-server.js";
import { expectKept } from "./support/expect-kept.js";
import { killNodes } from "./support/kill-nodes.js";

const KILLS = 20;

describe.runIf(hasNats)("clients of two brokers that share a log", () => {
  it(`lose, double and reorder nothing when brokers are killed ${KILLS} times`, async () => {
    const progress = (killed: number): void => void process.stderr.write(`killed ${killed}\n`);
    expectKept(await killNodes(KILLS, progress));
  }, 1_200_000);
});
