import { describe, it } from "vitest";
import { hasNats, startNatsCluster } from "../../support/nats-server.js";
import { killLeaders } from "./support/cluster-run.js";
import { expectNothingLost } from "./support/expect-nothing-lost.js";

describe.runIf(hasNats)("a cluster of three NATS servers", () => {
  it("loses nothing acknowledged, doubles nothing and keeps the order when its leader is killed", async () => {
    await using cluster = await startNatsCluster();
    expectNothingLost(await killLeaders(cluster, 2));
  }, 120_000);
});
