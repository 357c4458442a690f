import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Selection } from "../../../src/log/selection.js";
import { hasNats, startNats, type NatsServer } from "../../support/nats-server.js";
import { until } from "../../support/until.js";
import { follow, openNode, type Seen } from "./support/nodes.js";
import { openNats, SETTINGS } from "./support/open-nats.js";

const encoder = new TextEncoder();

describe.runIf(hasNats)("brokers that share a log in NATS", () => {
  let nats: NatsServer;
  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(() => nats[Symbol.asyncDispose]());

  it("bring what is produced at either to the subscribers of both, in the same order", async () => {
    const options = { stream: "both" };
    await using one = await openNode(nats.url, options);
    await using two = await openNode(nats.url, options);
    expect(two.epoch).toBe(one.epoch);
    const over = new AbortController();
    const seen: Seen[][] = [[], [], [], []];
    const following = seen.map((events, index) =>
      follow(index % 2 === 0 ? one : two, index < 2 ? ">" : "a.*", events, over.signal),
    );
    const receipts = await Promise.all(
      Array.from({ length: 200 }, async (_, value) => {
        const topic = value % 4 === 0 ? "b" : `a.${value % 3}`;
        return (value % 2 === 0 ? one : two).produce({ topic, data: value });
      }),
    );
    const all = receipts.map(({ offset }) => offset).toSorted((a, b) => a - b);
    await until(() => seen[0]?.length === 200 && seen[1]?.length === 200, "all came to both");
    expect(seen[0]?.map(({ offset }) => offset)).toEqual(all);
    expect(seen[1]).toEqual(seen[0]);
    await until(() => seen[2]?.length === 150 && seen[3]?.length === 150, "the pattern's came to both");
    expect(seen[3]).toEqual(seen[2]);
    over.abort();
    await Promise.all(following);
  });

  it("start a subscription at latest at the log's end, also where nothing was followed before", async () => {
    const options = { stream: "latest" };
    await using one = await openNode(nats.url, options);
    await using two = await openNode(nats.url, options);
    for (let value = 0; value < 5; value++) await one.produce({ topic: "t", data: value });
    const events = two.subscribe({ topic: "t" });
    // Made at once: what is produced from here on is not missed, at whichever of them.
    await two.produce({ topic: "t", data: "new" });
    await one.produce({ topic: "t", data: "newer" });
    expect(await events.next()).toMatchObject({ value: { data: "new" } });
    expect(await events.next()).toMatchObject({ value: { data: "newer" } });
    await events.return?.();
  });

  it("know each other's event ids, and expected offsets", async () => {
    const options = { stream: "ids" };
    await using one = await openNode(nats.url, options);
    await using two = await openNode(nats.url, options);
    const first = await one.produce({ topic: "t", data: 1, id: "x" });
    const again = await two.produce({ topic: "t", data: 1, id: "x" });
    expect(again).toEqual({ ...first, duplicate: true });
    await expect(two.produce({ topic: "t", data: 2, id: "x" })).rejects.toMatchObject({
      code: "EVENT_ID_CONFLICT",
    });
    await expect(two.produce({ topic: "t", data: 2, expectedOffset: 0 })).rejects.toMatchObject({
      code: "OFFSET_MISMATCH",
      details: { actual: first.offset },
    });
    // At the same moment at both, one wins.
    const tries = await Promise.allSettled(
      [one, two, one, two].map((node, data) =>
        node.produce({ topic: "t", data, expectedOffset: first.offset }),
      ),
    );
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("report what the other has trimmed as a gap, and nothing else", async () => {
    const options = { stream: "gaps" };
    const one = await openNats(nats.url, SETTINGS, options);
    onTestFinished(() => one.close());
    await using two = await openNode(nats.url, options);
    const entry = (topic: string): { topic: string; json: Uint8Array } => ({
      topic,
      json: encoder.encode("1"),
    });
    await one.append([entry("a"), entry("b"), entry("a"), entry("b")]);
    await two.history({ topic: "a" });
    await one.trim("a", 1);
    const cursor = `${two.epoch}-0`;
    await expect(two.history({ topic: "a", from: { cursor } })).rejects.toMatchObject({ code: "GAP" });
    await expect(two.history({ topic: ">", from: { cursor } })).rejects.toMatchObject({ code: "GAP" });
    expect((await two.history({ topic: "b", from: { cursor } })).events).toHaveLength(2);
    expect((await two.history({ topic: "a", from: { offset: 1 } })).events).toHaveLength(1);
  });

  it("follow more selections than there are consumers for", async () => {
    const options = { stream: "many" };
    await using one = await openNode(nats.url, options);
    await using two = await openNode(nats.url, options);
    const over = new AbortController();
    const seen = Array.from({ length: 150 }, (): Seen[] => []);
    const following = seen.map((events, index) => follow(two, `t.${index}`, events, over.signal));
    for (let round = 0; round < 3; round++) {
      await Promise.all(seen.map((_, index) => one.produce({ topic: `t.${index}`, data: round })));
    }
    await until(() => seen.every(({ length }) => length === 3), "every subscriber has its events");
    for (const events of seen) expect(events.map(({ value }) => value)).toEqual([0, 1, 2]);
    over.abort();
    await Promise.all(following);
  });

  it("miss no event of a pattern while one of its topics is trimmed", async () => {
    const engine = await openNats(nats.url, SETTINGS, { stream: "trimmed" });
    onTestFinished(() => engine.close());
    for (let round = 0; round < 12; round++) {
      const seen = new Set<number>();
      const stored: number[] = [];
      const done = new AbortController();
      const read = async (): Promise<void> => {
        for (let position = 0; ;) {
          const wasDone = done.signal.aborted;
          const page = await engine.read(new Selection(`r${round}.*`), position, {
            maxEvents: 20,
            maxBytes: 4_096,
          });
          for (const { offset } of page.events) seen.add(offset);
          position = page.through;
          if (page.atTail && wasDone) return;
        }
      };
      const produce = async (): Promise<void> => {
        for (let call = 0; call < 40; call++) {
          const topics = [0, 1, 2, 3].map((topic) => `r${round}.${topic}`);
          const outcomes = await engine.append(topics.map((topic) => ({ topic, json: encoder.encode("1") })));
          for (const outcome of outcomes.slice(1)) if (outcome.ok) stored.push(outcome.offset);
        }
        done.abort();
      };
      const trim = async (): Promise<void> => {
        while (!done.signal.aborted) await engine.trim(`r${round}.0`, (await engine.tail()) - 5);
      };
      await Promise.all([read(), produce(), trim()]);
      expect(stored.filter((offset) => !seen.has(offset))).toEqual([]);
    }
  });
});
