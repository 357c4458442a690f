import { once } from "node:events";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { until } from "../../support/until.js";

/** A message from the server. */
export interface Reply {
  readonly id: number | string | null;
  readonly jsonrpc?: string;
  readonly method?: string;
  readonly result?: { readonly type: string; readonly id?: string; readonly data?: unknown };
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

/** A client that sends what it is told to, and keeps what comes back. */
export class RawClient {
  readonly socket: WebSocket;
  /** Messages that are no JSON: `PING` and `PONG`. */
  readonly words: string[] = [];
  readonly replies: Reply[] = [];
  readonly binaries: Buffer[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) {
        this.binaries.push(data);
        return;
      }
      const text = data.toString();
      if (text === "PING" || text === "PONG") this.words.push(text);
      else this.replies.push(JSON.parse(text) as Reply);
    });
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    socket.on("error", () => undefined);
  }

  /** Sends a message as JSON. */
  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Calls a procedure. */
  call(
    id: number | string,
    method: "query" | "mutation" | "subscription",
    path: string,
    params: Readonly<Record<string, unknown>> = {},
  ): void {
    this.send({ id, method, params: { path, ...params } });
  }

  /** Stops a subscription. */
  stop(id: number | string): void {
    this.send({ id, method: "subscription.stop" });
  }

  /** What came for an id. */
  to(id: number | string | null): Reply[] {
    return this.replies.filter((reply) => reply.id === id);
  }

  /** Waits until so many messages came for an id. */
  async reach(id: number | string | null, count = 1): Promise<Reply[]> {
    await until(() => this.to(id).length >= count, `${count} replies to ${id} are there`);
    return this.to(id);
  }

  /** What a subscription brought. */
  dataOf(id: number | string): unknown[] {
    return this.to(id).flatMap(({ result }) => (result?.type === "data" ? [result.data] : []));
  }

  /** Whether a subscription has ended: `stopped`, or an error. */
  hasEnded(id: number | string): boolean {
    return this.to(id).some(({ result, error }) => result?.type === "stopped" || error !== undefined);
  }

  /** Waits until a subscription has ended. */
  async ended(id: number | string): Promise<Reply[]> {
    await until(() => this.hasEnded(id), `${id} has ended`);
    return this.to(id);
  }

  /** Waits until a call that is made now is answered: what came before it was dealt with. */
  async settled(path = "ping"): Promise<void> {
    const id = `settled ${this.replies.length}`;
    this.call(id, "query", path);
    await this.reach(id);
  }

  /** Waits until the connection is closed. */
  async end(): Promise<{ readonly code: number; readonly reason: string }> {
    await until(() => this.closed !== undefined, "the connection is closed");
    return this.closed as NonNullable<typeof this.closed>;
  }
}

/** Connects, and cuts the connection when the test has finished. */
export async function rawClient(url: string): Promise<RawClient> {
  const socket = new WebSocket(url);
  const client = new RawClient(socket);
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  return client;
}
