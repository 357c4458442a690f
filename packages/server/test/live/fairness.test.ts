import { describe, expect, it } from "vitest";
import type { Broker } from "../../src/broker/broker.js";
import { turns, until } from "../support/until.js";
import { attachedTo } from "./support/attached.js";
import { countingEngine } from "./support/counting-engine.js";
import { scriptedServer, type ScriptedClient, type ScriptedServer } from "./support/scripted-server.js";

/** How many catch up at once. */
const MANY = 2_000;
/** Pages that are read in one turn, at most. */
const PAGES_A_TURN = 16;

async function fill(broker: Broker, count: number, bytes: number): Promise<void> {
  for (let done = 0; done < count; done += 500) {
    const events = Array.from({ length: 500 }, () => ({ topic: "t", data: "x".repeat(bytes) }));
    await broker.produceBatch(events);
  }
}

function connectMany(
  server: ScriptedServer,
  inputOf: (index: number) => unknown,
  count = MANY,
): ScriptedClient[] {
  return Array.from({ length: count }, (_, index) => {
    const client = server.connect();
    client.subscribe(1, inputOf(index));
    return client;
  });
}

const written = (clients: readonly ScriptedClient[]): number =>
  clients.reduce((bytes, { socket }) => bytes + socket.writes.length, 0);

/** Waits until each has so many items: as many bytes as the first of them, whose items are counted. */
async function allHave([first, ...others]: readonly ScriptedClient[], count: number): Promise<void> {
  await until(() => first?.items(1).length === count, "the first has all");
  await until(() => others.every(({ socket }) => socket.taken === first?.socket.taken), "all have all");
}

const isPage = ({ length }: Buffer): boolean => length > 100_000;

describe("very many subscriptions that catch up at once", () => {
  it("share their pages, and let live events and produces go before them", async () => {
    const engine = countingEngine();
    const server = await scriptedServer({ engine: engine.open });
    const { broker } = server;
    // Ten pages.
    await fill(broker, 5_000, 240);
    const live = await server.subscribed(1, { topic: "live" });
    engine.reads = 0;
    const clients = connectMany(server, () => ({ topic: "t", from: "earliest", marks: true }));
    await turns(2);
    let produced = 0;
    let most = 0;
    while (attachedTo(broker).subscribers === 0 || attachedTo(broker).groups < 2) {
      const before = written(clients);
      // A produce is answered in the turn that it comes in, and heard in the turn after.
      let isSameTurn = true;
      setImmediate(() => (isSameTurn = false));
      await broker.produce({ topic: "live", data: ++produced });
      expect(isSameTurn).toBe(true);
      await turns(2);
      expect(live.items(1)).toHaveLength(2 + produced);
      most = Math.max(most, written(clients) - before);
    }
    await allHave(clients, 5_002);
    // Two turns, and those of the marks.
    expect(most).toBeLessThanOrEqual(4 * PAGES_A_TURN);
    expect(produced).toBeGreaterThan(100);
    expect(engine.reads).toBeLessThan(500);
    const pages = new Set(clients.flatMap(({ socket }) => socket.writes.flat()).filter(isPage));
    expect(pages.size).toBeLessThan(100);
  });

  it("each from a place of its own read a few pages a turn", async () => {
    const engine = countingEngine();
    const server = await scriptedServer({ engine: engine.open });
    const { broker } = server;
    const count = 500;
    await fill(broker, count, 10);
    const inputOf = (index: number): object => ({ topic: "t", from: { offset: index }, until: "now" });
    const clients = connectMany(server, inputOf, count);
    engine.reads = 0;
    let most = 0;
    await turns(1);
    while (broker.subscriberCount > 0) {
      const before = engine.reads;
      await turns(1);
      most = Math.max(most, engine.reads - before);
    }
    expect(most).toBeLessThanOrEqual(2 * PAGES_A_TURN);
    for (const [index, client] of clients.entries()) {
      if (index % 50 === 0) expect(client.items(1)).toHaveLength(count - index);
    }
  });

  it("that fell behind together come back in turns", async () => {
    const engine = countingEngine();
    const server = await scriptedServer({ engine: engine.open, maxBufferedBytes: 100_000 });
    const { broker } = server;
    const clients = connectMany(server, () => ({ topic: "t" }));
    await until(
      () => attachedTo(broker).subscribers === MANY && attachedTo(broker).sinks === 1,
      "all are live",
    );
    engine.reads = 0;
    await fill(broker, 500, 300);
    await turns(1);
    expect(attachedTo(broker).groups).toBe(0);
    let most = 0;
    while (attachedTo(broker).sinks !== 1 || written(clients) < 3 * MANY) {
      const before = engine.reads;
      await turns(1);
      most = Math.max(most, engine.reads - before);
    }
    expect(most).toBeLessThanOrEqual(2 * PAGES_A_TURN);
    await allHave(clients, 500);
  });
});
