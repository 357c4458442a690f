import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Broker } from "../../../src/broker/broker.js";
import type { ImportedEvent, ImportResult } from "../../../src/protocol/imported-event.js";
import { hasNats, startNats, startNatsCluster, type NatsServer } from "../../support/nats-server.js";
import { startProxy } from "../../support/tcp-proxy.js";
import { openNode } from "./support/nodes.js";

const EPOCH = "otherlog";
const START = Date.now() - 1_000_000;

/** Events of another log, in its order: data and offset are the same number. */
function eventsOf(count: number): ImportedEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    topic: `t.${index % 3}`,
    cursor: `${EPOCH}-${index + 1}`,
    time: START + index,
    ...(index % 5 === 0 && { id: `id-${index}` }),
    data: index + 1,
  }));
}

/** Imports events as the command does: again what could not be stored for the moment. */
async function importAll(
  broker: Broker,
  events: readonly ImportedEvent[],
  onBatch: () => void = () => undefined,
): Promise<ImportResult> {
  const total = { stored: 0, duplicates: 0, retimed: 0, failed: null };
  for (let from = 0; from < events.length;) {
    const batch = events.slice(from, from + 500);
    const importing = broker.acceptImport(batch).catch((error: unknown) => {
      expect(error).toMatchObject({ code: "UNAVAILABLE" });
    });
    onBatch();
    const result = await importing;
    if (result === undefined) continue;
    expect(result.failed).toBeNull();
    total.stored += result.stored;
    total.duplicates += result.duplicates;
    total.retimed += result.retimed;
    from += batch.length;
  }
  return total;
}

/** All events of the log, in its order. */
async function read(broker: Broker): Promise<{ topic: string; data: unknown; time: number }[]> {
  const events = [];
  for await (const event of broker.subscribe({ topic: ">", from: "earliest", until: "now" })) {
    events.push({ topic: event.topic, data: event.data, time: event.time });
  }
  return events;
}

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe.runIf(hasNats)("an import into a log in NATS", () => {
  let nats: NatsServer;
  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(() => nats[Symbol.asyncDispose]());

  it("keeps times and order, and stores nothing twice: at any broker, however late", async () => {
    await using one = await openNode(nats.url, { stream: "plain" });
    await using two = await openNode(nats.url, { stream: "plain" });
    const events = eventsOf(1_200);
    const listening = one.subscribe({ topic: ">" });
    expect(await importAll(one, events)).toEqual({ stored: 1_200, duplicates: 0, retimed: 0, failed: null });
    expect(await importAll(two, events)).toEqual({ stored: 0, duplicates: 1_200, retimed: 0, failed: null });
    const stored = await read(two);
    expect(stored.map(({ data }) => data)).toEqual(oneTo(1_200));
    expect(stored.map(({ time }) => time)).toEqual(events.map(({ time }) => time));
    // Live subscribers see it as they see all that is appended.
    const seen: unknown[] = [];
    for await (const { data } of listening) {
      seen.push(data);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([1, 2, 3]);
  });

  it("comes in order, each event once, while other brokers produce", async () => {
    await using one = await openNode(nats.url, { stream: "busy" });
    await using two = await openNode(nats.url, { stream: "busy" });
    const over = new AbortController();
    const producing = (async (): Promise<number> => {
      let produced = 0;
      for (; !over.signal.aborted; produced++) await two.produce({ topic: "own", data: produced });
      return produced;
    })();
    // A test that fails before it awaits this fails by itself.
    producing.catch(() => undefined);
    const events = eventsOf(900);
    const result = await importAll(one, events);
    over.abort();
    const produced = await producing;
    expect(result).toMatchObject({ stored: 900, duplicates: 0 });
    const stored = await read(two);
    expect(stored.filter(({ topic }) => topic !== "own").map(({ data }) => data)).toEqual(oneTo(900));
    expect(stored.filter(({ topic }) => topic === "own")).toHaveLength(produced);
  });

  it("stores nothing twice after connections that were cut, and a broker that ended in the middle", async () => {
    const proxy = await startProxy(nats.url.replace("nats:", "http:"));
    const url = proxy.url.replace("http:", "nats:");
    await using witness = await openNode(nats.url, { stream: "cut" });
    const events = eventsOf(3_000);
    const more = { stream: "cut", timeoutMs: 1_000 };
    // Each broker gets somewhere, and is cut off for good before it can save how far.
    for (const reach of [300, 1_200]) {
      const broker = await openNode(url, more);
      const importing = broker.acceptImport(events.slice(0, reach + 1_000)).then(
        () => "done",
        () => "cut off",
      );
      const stats = witness.subscribe({ topic: ">", from: "earliest" });
      for (let seen = 0; seen < reach; seen++) await stats.next();
      proxy.refuse = true;
      proxy.cut();
      await stats.return?.();
      await importing;
      await broker.close();
      proxy.refuse = false;
    }
    await using last = await openNode(url, { ...more, timeoutMs: 20_000 });
    let cuts = 0;
    await importAll(last, events, () => {
      if (cuts++ % 2 === 0) setImmediate(() => proxy.cut());
    });
    expect((await read(witness)).map(({ data }) => data)).toEqual(oneTo(3_000));
  }, 90_000);

  it("loses, doubles and reorders nothing when the stream's leader is killed", async () => {
    await using cluster = await startNatsCluster();
    await using broker = await openNode(cluster.url, { replicas: 3, timeoutMs: 30_000 });
    const events = eventsOf(3_000);
    await importAll(broker, events.slice(0, 500));
    const importing = importAll(broker, events);
    const { jetstreamManager } = await import("@nats-io/jetstream");
    const { connect } = await import("@nats-io/transport-node");
    const connection = await connect({ servers: cluster.servers.map(({ url }) => url) });
    const manager = await jetstreamManager(connection);
    const { cluster: group } = await manager.streams.info("RTMSG");
    const leader = cluster.named(group?.leader ?? "");
    await leader.end("SIGKILL");
    await importing;
    await leader.start();
    await connection.close();
    expect((await read(broker)).map(({ data }) => data)).toEqual(oneTo(3_000));
  }, 90_000);
});
