import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A proxy before a broker whose connections a test cuts. */
export interface CuttingProxy extends AsyncDisposable {
  /** Where clients connect. */
  readonly url: string;
  /** Connections that were let through so far. */
  readonly connections: number;
  /** Whether new connections are cut at once. */
  refuse: boolean;
  /** Cuts so many connections when their first receipt comes back, and swallows it. */
  loseAnswers: number;
  /** Cuts every connection without a goodbye. */
  cut(): void;
}

/** Starts one before a broker. */
export async function startCuttingProxy(brokerUrl: string): Promise<CuttingProxy> {
  const broker = new URL(brokerUrl);
  const open = new Set<Socket>();
  let connections = 0;
  const listener = createServer((client) => {
    client.on("error", () => client.destroy());
    if (proxy.refuse) {
      client.destroy();
      return;
    }
    connections += 1;
    const server = connect(Number(broker.port), broker.hostname);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(one);
      one.on("error", () => one.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
    client.on("data", (chunk) => server.write(chunk));
    server.on("data", (chunk: Buffer) => {
      if (proxy.loseAnswers > 0 && chunk.includes('"duplicate":')) {
        proxy.loseAnswers -= 1;
        client.destroy();
      } else client.write(chunk);
    });
  });
  const proxy = {
    url: "",
    refuse: false,
    loseAnswers: 0,
    get connections() {
      return connections;
    },
    cut() {
      for (const socket of open) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      proxy.cut();
      listener.close();
      if (listener.listening) await once(listener, "close");
    },
  };
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  proxy.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  return proxy;
}
