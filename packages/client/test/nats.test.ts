import { createClient, isEvent } from "@rtmsg/client";
import { natsEngine } from "@rtmsg/server/nats";
import { startTestServer } from "@rtmsg/server/testing";
import { describe, expect, it } from "vitest";
import { hasNats } from "../../server/test/support/nats-server.js";
import { sharedNats } from "../../server/test/support/shared-nats.js";
import { surviveCuts } from "./support/survive-cuts.js";
import { topics, type TestTopics } from "./support/topics.js";

describe.runIf(hasNats)("a client of brokers that share a log in NATS", () => {
  const nats = sharedNats();

  it("gets each event once, in order, over 50 cuts at random", () =>
    surviveCuts(1, 50, [natsEngine(nats.newLog())]));

  it("gets each event once, in order, while it hops between two of them at random", () => {
    const engine = natsEngine(nats.newLog());
    return surviveCuts(2, 30, [engine, engine]);
  });

  it("goes on by its cursor at another broker", async () => {
    const engine = natsEngine(nats.newLog());
    await using one = await startTestServer({ topics, engine });
    await using two = await startTestServer({ topics, engine });
    const first = createClient<TestTopics>({ url: one.url });
    const logs = first.topic("logs.a");
    for (let n = 0; n < 5; n++) await logs.produce({ n, text: "" });
    let cursor = "";
    for await (const event of logs.subscribe({ from: "earliest" })) {
      cursor = event.cursor;
      if (event.data.n === 2) break;
    }
    await first.close();
    const second = createClient<TestTopics>({ url: two.url });
    const rest: number[] = [];
    for await (const item of second.topic("logs.a").subscribe({ from: { cursor }, until: "now" })) {
      if (isEvent(item)) rest.push(item.data.n);
    }
    expect(rest).toEqual([3, 4]);
    await second.close();
  });
});
