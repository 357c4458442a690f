import { describe, it } from "vitest";
import { killLeaders } from "../engines/nats/support/cluster-run.js";
import { expectNothingLost } from "../engines/nats/support/expect-nothing-lost.js";
import { hasNats, startNatsCluster } from "../support/nats-server.js";

const KILLS = 20;

describe.runIf(hasNats)("a cluster of three NATS servers", () => {
  it(`loses nothing acknowledged when its leader is killed ${KILLS} times`, async () => {
    await using cluster = await startNatsCluster();
    const progress = (killed: number): void => void process.stderr.write(`killed ${killed}\n`);
    expectNothingLost(await killLeaders(cluster, KILLS, progress));
  }, 1_200_000);
});
