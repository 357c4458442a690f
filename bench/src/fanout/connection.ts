import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { PING } from "./protocols/trpc.js";
import type { Protocol, Step } from "./protocols/protocol.js";

/** Connections that are opened at a time. */
const OPENED_AT_ONCE = 50;
const ANSWER_MS = 30_000;

/** A connection to a server, in bytes. */
export class Connection {
  readonly #socket: Socket;
  readonly #alive: Buffer | undefined;
  /** Takes what the server sends, once the connection is made. */
  onData: (chunk: Buffer) => void = () => undefined;
  onFailure: (error: Error) => void = () => undefined;

  private constructor(socket: Socket, alive: Buffer | undefined) {
    this.#socket = socket;
    this.#alive = alive;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      if (chunk.equals(PING)) this.tellAlive();
      this.onData(chunk);
    });
    socket.on("error", (error) => this.onFailure(error));
    socket.on("close", () => this.onFailure(new Error("The server closed a connection")));
  }

  static async open(port: number, protocol: Protocol, ...steps: Step[]): Promise<Connection> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    const connection = new Connection(socket, protocol.alive);
    for (const step of [...protocol.hello, ...steps]) await connection.#take(step);
    return connection;
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** So that the server does not ask amid a round, where its question would go unseen. */
  tellAlive(): void {
    if (this.#alive !== undefined) this.#socket.write(this.#alive);
  }

  /** Stops to read. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): Promise<void> {
    this.onFailure = () => undefined;
    this.#socket.destroy();
    return Promise.resolve();
  }

  #take({ say, until }: Step): Promise<void> {
    return new Promise((resolve, reject) => {
      let text = "";
      const fail = (why: string): void => reject(new Error(`${why} instead of ${until}: ${text}`));
      const timer = setTimeout(() => fail("Nothing more came"), ANSWER_MS);
      this.onFailure = (error) => fail(error.message);
      this.onData = (chunk) => {
        text += chunk.toString("latin1");
        if (!text.includes(until)) return;
        clearTimeout(timer);
        this.onData = () => undefined;
        this.onFailure = () => undefined;
        resolve();
      };
      this.#socket.write(say);
    });
  }
}

/** Opens subscribers, each with what it says to subscribe. */
export async function openSubscribers(
  port: number,
  protocol: Protocol,
  count: number,
  subscribe: (index: number) => Step,
): Promise<Connection[]> {
  const connections: Connection[] = [];
  while (connections.length < count) {
    const from = connections.length;
    const size = Math.min(OPENED_AT_ONCE, count - from);
    const opened = Array.from({ length: size }, (_, index) =>
      Connection.open(port, protocol, subscribe(from + index)),
    );
    connections.push(...(await Promise.all(opened)));
  }
  return connections;
}
