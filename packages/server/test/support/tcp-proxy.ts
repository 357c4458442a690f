import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A TCP proxy whose connections a test can cut, or hold up. */
export interface TcpProxy {
  /** The server's address with the proxy's port. */
  readonly url: string;
  /** Connections that were made so far. */
  readonly connections: number;
  /** Cuts every connection without a goodbye. */
  cut(): void;
  /** From now on nothing more is read from the server; `resume` ends that. */
  hold(): void;
  resume(): void;
  /** Whether new connections are cut at once. */
  refuse: boolean;
}

/** Starts a proxy before a server, and closes it when the test has finished. */
export async function startProxy(serverUrl: string): Promise<TcpProxy> {
  const target = new URL(serverUrl);
  const pairs = new Set<readonly [Socket, Socket]>();
  let connections = 0;
  let isHeld = false;
  const proxy = {
    url: "",
    refuse: false,
    get connections() {
      return connections;
    },
    cut() {
      for (const [client, server] of pairs) {
        client.resetAndDestroy();
        server.resetAndDestroy();
      }
    },
    hold() {
      isHeld = true;
      for (const [, server] of pairs) server.pause();
    },
    resume() {
      isHeld = false;
      for (const [, server] of pairs) server.resume();
    },
  };
  const listener = createServer((client) => {
    if (proxy.refuse) {
      client.resetAndDestroy();
      return;
    }
    connections++;
    const server = connect(Number(target.port), target.hostname);
    const pair = [client, server] as const;
    pairs.add(pair);
    if (isHeld) server.pause();
    client.on("data", (chunk) => server.write(chunk));
    server.on("data", (chunk) => client.write(chunk));
    for (const [one, other] of [pair, [server, client] as const]) {
      one.on("error", () => other.destroy());
      one.on("end", () => other.end());
      one.on("close", () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  proxy.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  onTestFinished(async () => {
    listener.close();
    proxy.cut();
    if (listener.listening) await once(listener, "close");
  });
  return proxy;
}
