import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A proxy between a client and a server that breaks connections. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #target: () => number;
  /** Connections so far. */
  connections = 0;
  /** Bytes that the server has sent through. */
  received = 0;
  /** Whether new connections are closed at once. */
  isRefusing = false;
  /** How many bytes of the server's a new connection lets through before it is cut. */
  allowance: () => number = () => Number.POSITIVE_INFINITY;

  private constructor(target: () => number) {
    this.#target = target;
    this.#server = createServer((client) => this.#pipe(client));
  }

  /** Starts one in front of a port, which may change. */
  static async start(target: () => number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that are open. */
  get open(): number {
    return this.#pairs.size;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  /** Lets nothing through any more, and says nothing either. */
  freeze(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.pause().removeAllListeners("data");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pipe(client: Socket): void {
    client.on("error", () => client.destroy());
    if (this.isRefusing) {
      client.destroy();
      return;
    }
    this.connections += 1;
    let allowance = this.allowance();
    const server = connect(this.#target(), "127.0.0.1").setNoDelay();
    client.setNoDelay();
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    server.on("error", end).on("close", end);
    client.on("close", end);
    client.on("data", (chunk) => server.write(chunk));
    server.on("data", (chunk: Buffer) => {
      this.received += chunk.length;
      const passed = chunk.subarray(0, allowance);
      allowance -= passed.length;
      if (allowance > 0) client.write(passed);
      else client.end(passed, end);
    });
  }
}
