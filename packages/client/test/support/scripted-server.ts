import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";

/** A call of tRPC's over a WebSocket, as the client sends it. */
export interface ClientMessage {
  readonly id: number;
  readonly method: string;
  readonly params?: { readonly path: string; readonly input: { readonly json: unknown } };
}

/** What a scripted server does with a call. */
export type Script = (message: ClientMessage, socket: WebSocket) => void;

/** A tRPC server over WebSocket that does what a test says, wrong things too. */
export class ScriptedServer implements AsyncDisposable {
  readonly #wss: WebSocketServer;
  /** Every call that came, of all connections. */
  readonly calls: ClientMessage[] = [];
  /** The path and query of every connection. */
  readonly addresses: string[] = [];
  /** Whether it accepts connections; else the script does, or does not. */
  greets = true;
  /** What it says of itself. */
  info: unknown = { protocol: 1, dedupe: { windowMs: 120_000, reachMs: 120_000 } };
  /** The connection params of every connection. */
  readonly params: unknown[] = [];

  private constructor(wss: WebSocketServer, script: Script) {
    this.#wss = wss;
    wss.on("connection", (socket, request) => {
      this.addresses.push(request.url ?? "");
      socket.once("message", (first: Buffer) => {
        this.params.push((JSON.parse(first.toString()) as { data: unknown }).data);
        socket.on("message", (data: Buffer) => {
          const text = data.toString();
          if (text === "PING") return;
          const messages = [JSON.parse(text) as ClientMessage].flat();
          for (const message of messages) {
            if (message.params?.path === "server.info" && this.greets) {
              answer(socket, message.id, this.info);
              continue;
            }
            this.calls.push(message);
            script(message, socket);
          }
        });
      });
    });
  }

  static async start(script: Script): Promise<ScriptedServer> {
    const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await new Promise((resolve) => wss.once("listening", resolve));
    return new ScriptedServer(wss, script);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#wss.address() as AddressInfo).port}`;
  }

  /** Calls of one procedure. */
  callsOf(path: string): readonly ClientMessage[] {
    return this.calls.filter(({ params }) => params?.path === path);
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#wss.clients) socket.terminate();
  }

  /** Sends every connection a message that answers nothing. */
  tell(message: object): void {
    for (const socket of this.#wss.clients) socket.send(JSON.stringify(message));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#wss.close(resolve));
  }
}

/** Answers a call. */
export function answer(socket: WebSocket, id: number, data: unknown): void {
  socket.send(JSON.stringify({ id, result: { type: "data", data: { json: data } } }));
}

/** Answers a call with an error of rtmsg's; without an id, it is for the connection. */
export function refuse(socket: WebSocket, id: number | null, rtmsg: object): void {
  const shape = { message: "no", code: -32_600, data: { code: "BAD_REQUEST", rtmsg } };
  socket.send(JSON.stringify({ id, error: { json: shape } }));
}
