import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { seededRandom } from "./random.js";

/** Longest delay of one piece, in ms. */
const MAX_DELAY_MS = 3;
/** A connection that is to be cut is cut within so many bytes of one direction. */
const MAX_BYTES = 8_000;

/**
 * A proxy that treats connections roughly, as a seed decides: it forwards in pieces of any size, each
 * after a delay, and cuts connections after any number of bytes of either direction, the upgrade's
 * first byte included.
 */
export class RoughProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #ports: readonly number[];
  readonly #random: () => number;
  readonly #sockets = new Set<Socket>();
  /** Connections that are still to be cut. */
  cutsLeft: number;

  private constructor(ports: readonly number[], seed: number, cuts: number) {
    this.#ports = ports;
    this.#random = seededRandom(seed);
    this.cutsLeft = cuts;
    this.#server = createServer((client) => this.#accept(client));
  }

  /**
   * Starts one in front of a port, or of several, one of which each connection is led to.
   *
   * @param cuts - how many connections it cuts; later ones it lets live
   */
  static async start(port: number | readonly number[], seed: number, cuts: number): Promise<RoughProxy> {
    const proxy = new RoughProxy([port].flat(), seed, cuts);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    const port = this.#ports[Math.floor(this.#random() * this.#ports.length)] as number;
    const server = connect(port, "127.0.0.1");
    let isOver = false;
    const end = (): void => {
      isOver = true;
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", end).on("close", end);
      socket.on("close", () => this.#sockets.delete(socket));
    }
    const isDoomed = this.cutsLeft > 0;
    const isDown = this.#random() < 0.6;
    // Squared, so that many are cut early.
    const budget = isDoomed ? Math.floor(this.#random() ** 2 * MAX_BYTES) : Number.POSITIVE_INFINITY;
    const cut = (): void => {
      if (!isOver && isDoomed) this.cutsLeft -= 1;
      end();
    };
    void this.#forward(server, client, isDown ? budget : Number.POSITIVE_INFINITY, cut);
    void this.#forward(client, server, isDown ? Number.POSITIVE_INFINITY : budget, cut);
  }

  async #forward(from: Socket, to: Socket, budget: number, cut: () => void): Promise<void> {
    let left = budget;
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        for (let rest = chunk; rest.length > 0;) {
          if (left <= 0) {
            cut();
            return;
          }
          const size = Math.min(left, 1 + Math.floor(this.#random() * rest.length));
          const delay = this.#random() * MAX_DELAY_MS;
          if (delay > 2) await new Promise((resolve) => setTimeout(resolve, delay));
          to.write(rest.subarray(0, size));
          rest = rest.subarray(size);
          left -= size;
        }
      }
    } catch {
      // The other direction was cut.
    }
  }
}
