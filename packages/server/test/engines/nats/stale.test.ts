import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Broker } from "../../../src/broker/broker.js";
import type { SubscriptionItem } from "../../../src/protocol/event.js";
import { hasNats, startNats, type NatsServer } from "../../support/nats-server.js";
import { startProxy, type TcpProxy } from "../../support/tcp-proxy.js";
import { openNode } from "./support/nodes.js";

/** What a test says of an item: an event's data, or what the item is. */
const wordFor = (item: SubscriptionItem): unknown => ("type" in item ? item.type : item.data);

async function nextOf(items: AsyncIterator<SubscriptionItem, undefined>): Promise<SubscriptionItem> {
  const { value, done } = await items.next();
  if (done === true) throw new Error("It has ended");
  return value;
}

async function take(items: AsyncIterator<SubscriptionItem, undefined>, count: number): Promise<unknown[]> {
  const words: unknown[] = [];
  while (words.length < count) words.push(wordFor(await nextOf(items)));
  return words;
}

describe.runIf(hasNats)("a subscriber of a broker that is cut off NATS", () => {
  let nats: NatsServer;
  let proxy: TcpProxy;
  let broker: Broker;
  /** Another broker, which is not cut off. */
  let other: Broker;

  beforeEach(async () => {
    nats = await startNats();
    proxy = await startProxy(nats.url.replace("nats:", "http:"));
    broker = await openNode(proxy.url.replace("http:", "nats:"), { timeoutMs: 2_000 });
    other = await openNode(nats.url);
  });

  afterEach(async () => {
    await broker.close();
    await other.close();
    await nats[Symbol.asyncDispose]();
  });

  const cutOff = (): void => {
    proxy.refuse = true;
    proxy.cut();
  };
  const reconnect = (): void => {
    proxy.refuse = false;
  };
  const produce = async (...values: unknown[]): Promise<void> => {
    for (const data of values) await other.produce({ topic: "t.a", data });
  };

  it("is told that events may be missing, then gets each of them once, and is told that all are here", async () => {
    const items = broker.subscribe({ topic: "t.a", marks: true });
    const pattern = broker.subscribe({ topic: "t.*", marks: true });
    const unmarked = broker.subscribe({ topic: "t.a", from: "earliest" });
    for (const marked of [items, pattern]) expect(await take(marked, 2)).toEqual(["start", "caughtUp"]);
    await produce(1);
    for (const marked of [items, pattern]) expect(await take(marked, 1)).toEqual([1]);
    for (let round = 0; round < 2; round++) {
      cutOff();
      for (const marked of [items, pattern]) expect(await take(marked, 1)).toEqual(["stale"]);
      const missed = [round * 10 + 2, round * 10 + 3, round * 10 + 4];
      await produce(...missed);
      reconnect();
      for (const marked of [items, pattern]) expect(await take(marked, 4)).toEqual([...missed, "caughtUp"]);
      await produce(round);
      for (const marked of [items, pattern]) expect(await take(marked, 1)).toEqual([round]);
    }
    // Who did not ask for marks gets events.
    expect(await take(unmarked, 9)).toEqual([1, 2, 3, 4, 0, 12, 13, 14, 1]);
    for (const one of [items, pattern, unmarked]) await one.return?.();
  });

  it("is told so where nothing was missed, too, with the cursor of where it is", async () => {
    const items = broker.subscribe({ topic: "t.a", marks: true });
    await take(items, 2);
    await produce(1);
    const cursor = (await nextOf(items)).cursor;
    cutOff();
    expect(await nextOf(items)).toEqual({ type: "stale", cursor });
    reconnect();
    expect(await nextOf(items)).toEqual({ type: "caughtUp", cursor });
    await items.return?.();
  });

  it("is told so when it resumes meanwhile, and while it reads the past", async () => {
    await produce(...Array.from({ length: 20 }, (_, index) => index));
    const { events } = await other.history({ topic: "t.a", limit: 10 });
    const cursor = events.at(-1)?.cursor ?? "";
    const long = "x".repeat(100_000);
    for (let count = 0; count < 10; count++) await other.produce({ topic: "t.past", data: long });
    const slow = broker.subscribe({ topic: "t.past", from: "earliest", marks: true });
    expect(await take(slow, 2)).toEqual(["start", long]);
    cutOff();
    // The log is known to be away when others say so.
    await expect.poll(() => broker.whyNotWritable()).toBe("UNAVAILABLE");
    const late = broker.subscribe({ topic: "t.a", from: { cursor }, marks: true });
    expect(await nextOf(late)).toEqual({ type: "stale", cursor });
    const seen: unknown[] = [];
    while (seen.at(-1) !== "stale") seen.push(...(await take(slow, 1)));
    reconnect();
    const rest = Array.from({ length: 10 }, (_, index) => 10 + index);
    expect(await take(late, 12)).toEqual(["start", ...rest, "caughtUp"]);
    while (seen.at(-1) !== "caughtUp") seen.push(...(await take(slow, 1)));
    expect(seen.filter((word) => word === long)).toHaveLength(9);
    for (const one of [slow, late]) await one.return?.();
  });

  it("is told so when NATS says nothing any more on a connection that stays", async () => {
    const items = broker.subscribe({ topic: "t.a", marks: true });
    await take(items, 2);
    proxy.hold();
    expect(await take(items, 1)).toEqual(["stale"]);
    await produce(1, 2);
    proxy.resume();
    expect(await take(items, 3)).toEqual([1, 2, "caughtUp"]);
    await items.return?.();
  });
});
