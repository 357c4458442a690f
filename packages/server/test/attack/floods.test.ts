import { gzipSync } from "node:zlib";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { ServerOptions } from "../../src/server.js";
import { call, openPlain } from "../support/plain.js";
import { clientFrame, rawConnection, upgradeHead, type RawConnection } from "../support/raw-http.js";
import { serve } from "../support/serve.js";
import { until } from "../support/until.js";
import { steadyClient } from "./support/steady-client.js";

const BOUND = 100_000;
/** More than the system holds for a connection, in bytes. */
const MANY_BYTES = 24 * 1_048_576;
/** What Node reads of a socket at a time, at most. */
const READ_BYTES = 65_536;
/** More than any of the answers here takes. */
const ANSWER_BYTES = 512;

/** A server with a client that behaves, whose other sockets can be looked at. */
async function attackedServer(
  options: ServerOptions = {},
): Promise<{ url: string; held: () => number; subscriberCount: () => number }> {
  const http = createServer();
  const sockets = new Set<Socket>();
  http.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const server = await serve({ server: http, limits: { bufferedBytes: BOUND }, ...options });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const steady = await steadyClient(url);
  onTestFinished(async () => {
    expect(await steady.finish()).toBeGreaterThan(0);
    await server.close();
    http.close();
    http.closeAllConnections();
  });
  return {
    url,
    held: () => Math.max(0, ...[...sockets].map(({ writableLength }) => writableLength)),
    subscriberCount: () => server.broker.subscriberCount,
  };
}

async function upgraded(url: string, path: string): Promise<RawConnection> {
  const raw = await rawConnection(url);
  raw.write(upgradeHead(path));
  await raw.receive(/^HTTP\/1\.1 101 /);
  return raw;
}

describe("a client that sends without end, and reads nothing", () => {
  const ping = clientFrame(Buffer.alloc(100), { opcode: 9 });
  it.each([
    ["pings", "/trpc", ping],
    ["pings", "/subscribe/t", ping],
    ["tRPC's pings", "/trpc", clientFrame("PING")],
    ["calls", "/trpc", clientFrame('{"id":1,"method":"query","params":{"path":"server.info"}}')],
    ["messages that are none", "/trpc", clientFrame("{")],
    ["stops", "/trpc", clientFrame('{"id":"x","method":"subscription.stop"}')],
  ])("(%s on %s) is cut or not read any more, and held to its bound", async (_, path, frame) => {
    const { url, held } = await attackedServer();
    const raw = await upgraded(url, path);
    raw.socket.pause();
    const chunk = Buffer.concat(Array.from({ length: 500 }, () => frame));
    let most = 0;
    let accepted = 0;
    // Until the server has cut it, has read nothing for long, or so much that it would hold more of answers than it may.
    for (let still = 0; still < 300 && accepted < MANY_BYTES && !raw.isClosed; still++) {
      if (raw.socket.writableLength < 1_048_576) raw.write(chunk);
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, held());
      const now = raw.socket.bytesWritten - raw.socket.writableLength;
      if (now > accepted) still = 0;
      accepted = now;
    }
    expect(accepted).toBeGreaterThan(0);
    // What is read at once is answered at once: the answers to as many messages may come beyond the bound.
    const answers = (READ_BYTES / frame.length) * ANSWER_BYTES;
    expect(most).toBeLessThan(BOUND + answers);
  });
});

describe("a flood", () => {
  it("of subscriptions on one connection is refused past the limit, and all of it ends with it", async () => {
    const { url, subscriberCount } = await attackedServer({ limits: { subscriptionsPerConnection: 100 } });
    const socket = await openPlain(url, "/trpc");
    const count = 5_000;
    for (let id = 0; id < count; id++) {
      const input = { json: { topic: `t.${id}` } };
      socket.socket.send(
        JSON.stringify({ id, method: "subscription", params: { path: "subscribe", input } }),
      );
    }
    const replies = await socket.reach(count);
    expect(replies.filter((text) => text.includes('"LIMIT_EXCEEDED"'))).toHaveLength(count - 100);
    expect(subscriberCount()).toBe(101);
    socket.socket.terminate();
    await until(() => subscriberCount() === 1, "only the steady client's is left");
  });

  it("of connections that ask nothing, that are cut in the middle, or that stay half open, ends by itself", async () => {
    const server = await serve({ limits: { headMs: 300, requestMs: 300, pingMs: 100, pongMs: 100 } });
    const { url } = server;
    const steady = await steadyClient(url);
    const parts = [
      "",
      "GET /healthz HTTP/1.1\r\nHost: loc",
      upgradeHead("/trpc").slice(0, 60),
      "POST /produce/t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n1",
    ];
    const slow = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const raw = await rawConnection(url);
        raw.write(parts[index % parts.length] as string);
        return raw;
      }),
    );
    // They are there, and answer nothing, not even a ping.
    const dead = await Promise.all(
      Array.from({ length: 50 }, (_, index) => upgraded(url, index % 2 === 0 ? "/trpc" : "/subscribe/t")),
    );
    await until(() => [...slow, ...dead].every(({ isClosed }) => isClosed), "all are closed", 20_000);
    expect(await steady.finish()).toBeGreaterThan(0);
  });
});

describe("what is compressed", () => {
  it("is not taken on a WebSocket: there is nothing to inflate", async () => {
    const { url } = await attackedServer();
    const socket = new WebSocket(`${url.replace("http", "ws")}/trpc`, { perMessageDeflate: true });
    onTestFinished(() => socket.terminate());
    await once(socket, "open");
    expect(socket.extensions).toBe("");
    const bomb = clientFrame(gzipSync(Buffer.alloc(10_000_000)));
    bomb[0] = (bomb[0] as number) | 0x40;
    const raw = await upgraded(url, "/trpc");
    raw.write(bomb);
    await raw.closed();
  });

  it.each(["gzip", "deflate", "br"])("by %s is not taken as a body", async (encoding) => {
    const { url } = await attackedServer();
    const headers = { "content-type": "application/json", "content-encoding": encoding };
    const bomb = gzipSync(Buffer.alloc(10_000_000, "1"));
    for (const path of ["/produce/t", "/trpc/produce"]) {
      expect((await call("POST", url + path, bomb, headers)).status).toBe(400);
    }
  });
});
