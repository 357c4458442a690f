import { describe, expect, it } from "vitest";
import { natsEngine } from "../../../src/engines/nats.js";
import { startTestServer } from "../../../src/testing/index.js";
import { hasNats, startNats } from "../../support/nats-server.js";
import { startProxy } from "../../support/tcp-proxy.js";
import { until } from "../../support/until.js";
import { follow, openNode, type Seen } from "./support/nodes.js";

describe.runIf(hasNats)("a broker that loses NATS", () => {
  it("refuses what it cannot store after a while, keeps its subscribers, and goes on by itself", async () => {
    await using nats = await startNats();
    await using broker = await openNode(nats.url, { timeoutMs: 1_500 });
    const over = new AbortController();
    const seen: Seen[] = [];
    const following = follow(broker, "t", seen, over.signal);
    const { offset: first } = await broker.produce({ topic: "t", data: 1, id: "one" });
    await until(() => seen.length === 1, "it is followed");
    await nats.end("SIGKILL");
    await expect(broker.produce({ topic: "t", data: 2, id: "two" })).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    await expect(broker.history({ topic: "t" })).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(await broker.whyNotWritable()).toBe("UNAVAILABLE");
    await nats.start();
    // It may have been stored after all; its id makes sure that it is once.
    const produceTwo = (): Promise<boolean> =>
      broker.produce({ topic: "t", data: 2, id: "two" }).then(
        () => true,
        () => false,
      );
    await until(produceTwo, "NATS is found again", 20_000);
    expect(await broker.whyNotWritable()).toBeUndefined();
    await broker.produce({ topic: "t", data: 3 });
    await until(() => seen.length >= 3, "the subscriber goes on", 20_000);
    expect(seen.map(({ value }) => value)).toEqual([1, 2, 3]);
    const again = await broker.produce({ topic: "t", data: 1, id: "one" });
    expect([again.offset, again.duplicate]).toEqual([first, true]);
    over.abort();
    await following;
  });

  it("says on /readyz that it cannot store events, and that it can again", async () => {
    await using nats = await startNats();
    const proxy = await startProxy(nats.url.replace("nats:", "http:"));
    const engine = natsEngine({ servers: proxy.url.replace("http:", "nats:"), timeout: 2_000 });
    await using server = await startTestServer({ engine });
    const readiness = async (): Promise<number> => (await fetch(`${server.url}/readyz`)).status;
    expect(await readiness()).toBe(200);
    proxy.refuse = true;
    proxy.cut();
    await until(async () => (await readiness()) === 503, "it is not ready", 20_000);
    expect(await (await fetch(`${server.url}/readyz`)).text()).toContain("UNAVAILABLE");
    // It lives, and whoever is there stays.
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    proxy.refuse = false;
    await until(async () => (await readiness()) === 200, "it is ready again", 20_000);
  });

  it("stores each event once, in order, over cut and held connections", async () => {
    await using nats = await startNats();
    const proxy = await startProxy(nats.url.replace("nats:", "http:"));
    const url = proxy.url.replace("http:", "nats:");
    await using broker = await openNode(url, { timeoutMs: 30_000 });
    await using other = await openNode(nats.url);
    const over = new AbortController();
    const seen: Seen[] = [];
    const following = follow(broker, "t", seen, over.signal);
    const receipts = [];
    for (let batch = 0; batch < 12; batch++) {
      const calls = Array.from({ length: 20 }, (_, index) =>
        broker.produce({ topic: "t", data: batch * 20 + index }),
      );
      if (batch % 3 === 2) {
        proxy.hold();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      proxy.cut();
      proxy.resume();
      receipts.push(...(await Promise.all(calls)));
    }
    const stored = await other.history({ topic: "t", limit: 1_000 });
    expect(stored.events.map(({ data }) => data)).toEqual(Array.from({ length: 240 }, (_, value) => value));
    expect(stored.events.map(({ offset }) => offset)).toEqual(receipts.map(({ offset }) => offset));
    await until(() => seen.length >= 240, "the subscriber has them all", 20_000);
    expect(seen.map(({ value }) => value)).toEqual(stored.events.map(({ data }) => data));
    over.abort();
    await following;
  });
});
