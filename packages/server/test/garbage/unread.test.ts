import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { startTestServer, type TestServer } from "../../src/testing/index.js";
import { openPlain, openStream, type EventStream, type PlainSocket } from "../support/plain.js";
import { clientFrame, rawConnection, upgradeHead } from "../support/raw-http.js";
import { collect, stockSocketClient } from "../support/stock-client.js";
import { until } from "../support/until.js";

const BOUND = 200_000;
/** One page of the log and its frames may be on its way beyond the bound, and what HTTP chunks add. */
const SLACK = 700_000;
const EVENTS = 150;

/** A server whose sockets can be looked at. */
async function observedServer(): Promise<{ server: TestServer; url: string; held: () => number }> {
  const http = createServer();
  const sockets = new Set<Socket>();
  http.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const server = await startTestServer({ server: http, limits: { bufferedBytes: BOUND } });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  onTestFinished(async () => {
    await server.close();
    http.close();
    http.closeAllConnections();
  });
  const held = (): number => Math.max(0, ...[...sockets].map(({ writableLength }) => writableLength));
  return { server, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, held };
}

/** A subscriber that can stop reading, and the numbers of the events it has. */
interface Subscriber {
  pause(): void;
  resume(): void;
  /** Goes away without a goodbye. */
  destroy(): void;
  numbers(): number[];
}

interface Numbered {
  readonly n: number;
}

const overSocket = (socket: PlainSocket, numbers: () => number[]): Subscriber => ({
  pause: () => socket.socket.pause(),
  resume: () => socket.socket.resume(),
  destroy: () => socket.socket.terminate(),
  numbers,
});

async function overTrpc(url: string, path: "subscribe" | "subscribeBatch"): Promise<Subscriber> {
  const socket = await openPlain(url, "/trpc");
  const input = { json: { topic: "t", from: "earliest" } };
  socket.socket.send(JSON.stringify({ id: 1, method: "subscription", params: { path, input } }));
  await socket.reach(1);
  return overSocket(socket, () =>
    socket.messages.slice(1).flatMap((text) => {
      if (text === "PING") return [];
      type Event = { readonly data: Numbered };
      const { result } = JSON.parse(text) as { result: { data: { json: { data: Event | Event[] } } } };
      return [result.data.json.data].flat().map(({ data }) => data.n);
    }),
  );
}

const overStream = (stream: EventStream, numbers: () => number[]): Subscriber => ({
  pause: () => stream.pause(),
  resume: () => stream.resume(),
  destroy: () => stream.destroy(),
  numbers,
});

const subscribers: Readonly<Record<string, (url: string) => Promise<Subscriber>>> = {
  "subscribe over tRPC's WebSocket": (url) => overTrpc(url, "subscribe"),
  "subscribeBatch over tRPC's WebSocket": (url) => overTrpc(url, "subscribeBatch"),
  "the plain WebSocket": async (url) => {
    const socket = await openPlain(url, "/subscribe/t?from=earliest");
    return overSocket(socket, () => socket.messages.map((text) => (JSON.parse(text) as Numbered).n));
  },
  "the event stream": async (url) => {
    const stream = await openStream(url, "/subscribe/t?from=earliest");
    return overStream(stream, () => stream.events.map(({ data }) => (data as Numbered).n));
  },
  "subscribe over tRPC's event stream": async (url) => {
    const input = encodeURIComponent(JSON.stringify({ json: { topic: "t", from: "earliest" } }));
    const stream = await openStream(url, `/trpc/subscribe?input=${input}`);
    return overStream(stream, () =>
      stream.events.flatMap(({ json }) => {
        const n = (json as { data?: Numbered } | undefined)?.data?.n;
        return n === undefined ? [] : [n];
      }),
    );
  },
};

describe.each(Object.entries(subscribers))("a subscriber that does not read, over %s", (_, subscribe) => {
  it("holds no more than its bound, delays nobody, and gets everything once it reads", async () => {
    const { server, url, held } = await observedServer();
    const idle = await subscribe(url);
    await server.broker.produce({ topic: "t", data: { n: 0 } });
    await until(() => idle.numbers().length === 1, "it is live");
    idle.pause();
    const healthy = collect<{ data: Numbered }>(stockSocketClient(url).trpc, {
      topic: "t",
      from: "earliest",
    });

    let most = 0;
    const fill = "x".repeat(100_000);
    for (let n = 1; n < EVENTS; n++) {
      await server.broker.produce({ topic: "t", data: { n, fill } });
      if (n % 10 === 0) await healthy.reach(n);
      most = Math.max(most, held());
    }
    await healthy.reach(EVENTS);
    const all = Array.from({ length: EVENTS }, (_unused, n) => n);
    expect(healthy.items.map(({ data }) => data.n)).toEqual(all);
    // Far less than what was produced: the rest waits in the log.
    expect(most).toBeLessThan(BOUND + SLACK);
    expect(idle.numbers().length).toBeLessThan(EVENTS);

    idle.resume();
    await until(() => idle.numbers().length >= EVENTS, "it has everything");
    expect(idle.numbers()).toEqual(all);
    await server.broker.produce({ topic: "t", data: { n: EVENTS } });
    await until(() => idle.numbers().length > EVENTS, "it is live again");
    expect(idle.numbers()).toEqual([...all, EVENTS]);
  });

  it("is let go of when it goes away", async () => {
    const { server, url } = await observedServer();
    const idle = await subscribe(url);
    await until(() => server.broker.subscriberCount === 1, "it has subscribed");
    idle.pause();
    for (let n = 0; n < 80; n++)
      await server.broker.produce({ topic: "t", data: { n, fill: "x".repeat(100_000) } });
    idle.destroy();
    await until(() => server.broker.subscriberCount === 0, "the server has let go of it");
  });
});

describe("a client that sends and does not read", () => {
  const query = JSON.stringify({
    id: 1,
    method: "query",
    params: { path: "topics.list", input: { json: {} } },
  });
  it.each([
    ["calls", clientFrame(query), 3_000_000],
    ["garbage", clientFrame("x"), 1_500_000],
    ["pings in words", clientFrame("PING"), 15_000_000],
  ])("is not read either when it sends %s", async (_, frame, enough) => {
    const { server, url, held } = await observedServer();
    const healthy = collect(stockSocketClient(url).trpc, { topic: "healthy" });
    await until(() => healthy.started === 1, "the healthy one has subscribed");
    const raw = await rawConnection(url);
    raw.write(upgradeHead("/trpc"));
    await raw.receive(/^HTTP\/1\.1 101 /);
    raw.socket.pause();
    const chunk = Buffer.concat(Array.from({ length: Math.ceil(100_000 / frame.length) }, () => frame));
    let most = 0;
    // It goes on until nothing was taken from it for a while, or far more was than may be held.
    for (let sent = 0, idle = 0; sent < enough && idle < 20;) {
      if (raw.socket.writableLength < 1_000_000) {
        raw.write(chunk);
        sent += chunk.length;
        idle = 0;
      } else idle++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      most = Math.max(most, held());
    }
    await server.broker.produce({ topic: "healthy", data: 1 });
    await healthy.reach(1);
    // The frames that one read of the socket brought are all answered, however many there were.
    expect(most).toBeLessThan(4_000_000);
  });
});
