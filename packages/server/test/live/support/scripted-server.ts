import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { AnyTRPCRouter } from "@trpc/server";
import type { WSSHandlerOptions } from "@trpc/server/adapters/ws";
import { onTestFinished } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import type { Broker } from "../../../src/broker/broker.js";
import { createBroker, type CreateBrokerOptions } from "../../../src/create-broker.js";
import { createRouter } from "../../../src/router/create-router.js";
import { applyWSSHandler } from "../../../src/transport/trpc/wss-handler.js";
import type { Reply } from "../../suites/support/raw-client.js";
import { turns, until } from "../../support/until.js";
import { clientFrame, FrameParser, isText } from "./frames.js";
import { ScriptedSocket } from "./scripted-socket.js";

const END_OF_HEAD = "\r\n\r\n";

/** A client whose socket is scripted. */
export class ScriptedClient {
  readonly socket = new ScriptedSocket();
  /** The server's end. */
  webSocket: WebSocket | undefined;
  readonly #replies: Reply[] = [];
  readonly #parser = new FrameParser();
  #read = 0;

  /** Sends messages, each as a frame, all of them at once. */
  send(...messages: readonly unknown[]): void {
    this.socket.push(Buffer.concat(messages.map((message) => clientFrame(JSON.stringify(message)))));
  }

  /** Subscribes. */
  subscribe(id: number | string, input: unknown, path = "subscribe"): void {
    this.send({ id, method: "subscription", params: { path, input: { json: input } } });
  }

  /** Bytes that came after the handshake. */
  get bytes(): Buffer {
    const { bytes } = this.socket;
    return bytes.subarray(bytes.indexOf(END_OF_HEAD) + END_OF_HEAD.length);
  }

  /** Messages that came. */
  get replies(): readonly Reply[] {
    const { writes } = this.socket;
    // The first write is the handshake.
    for (this.#read = Math.max(this.#read, 1); this.#read < writes.length; this.#read++) {
      for (const frame of this.#parser.push(Buffer.concat(writes[this.#read] as Buffer[]))) {
        const text = frame.payload.toString();
        if (isText(frame) && text !== "PING" && text !== "PONG")
          this.#replies.push(JSON.parse(text) as Reply);
      }
    }
    return this.#replies;
  }

  /** The items that came for an id, in order, whether one by one or in arrays. */
  items(id: number | string): Record<string, unknown>[] {
    return this.replies.flatMap((reply) => {
      if (reply.id !== id || reply.result?.type !== "data") return [];
      const { json } = reply.result.data as { json: { data: Record<string, unknown> } };
      return Array.isArray(json.data) ? (json.data as Record<string, unknown>[]) : [json.data];
    });
  }

  /** Waits until so many items came for an id. */
  async reach(id: number | string, count: number): Promise<Record<string, unknown>[]> {
    await until(() => this.items(id).length >= count, `${count} items are there`);
    return this.items(id);
  }
}

/** A broker, served to scripted sockets. */
export interface ScriptedServer {
  readonly broker: Broker;
  readonly wss: WebSocketServer;
  /** Connects. */
  connect(): ScriptedClient;
  /** Connects, subscribes, and waits until the subscription is live. */
  subscribed(id: number | string, input: unknown, path?: string): Promise<ScriptedClient>;
}

/** Options of a scripted server. */
export interface ScriptedServerOptions extends CreateBrokerOptions {
  /** Unsent bytes that a connection, and events that a subscription, may hold. */
  readonly maxBufferedBytes?: number;
  /** Makes the router that is served, out of the broker's. */
  readonly routerOf?: (router: AnyTRPCRouter) => AnyTRPCRouter;
  /** More options of the handler. */
  readonly handler?: Partial<WSSHandlerOptions<AnyTRPCRouter>>;
}

/** Serves a broker to scripted sockets, until the test has finished. */
export async function scriptedServer(options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
  const { routerOf = (router) => router, handler, maxBufferedBytes, ...brokerOptions } = options;
  const broker = await createBroker({ limits: { bufferedBytes: maxBufferedBytes }, ...brokerOptions });
  const wss = new WebSocketServer({ noServer: true });
  applyWSSHandler({ wss, router: routerOf(createRouter(broker)), maxBufferedBytes, ...handler });
  const connect = (): ScriptedClient => {
    const client = new ScriptedClient();
    client.webSocket = accept(wss, client.socket);
    return client;
  };
  onTestFinished(async () => {
    for (const socket of wss.clients) socket.terminate();
    await broker.close();
  });
  return {
    broker,
    wss,
    connect,
    async subscribed(id, input, path) {
      const client = connect();
      client.subscribe(id, { ...(input as object), marks: true }, path);
      await until(() => client.items(id).some(({ type }) => type === "caughtUp"), "it has caught up");
      await turns(3);
      return client;
    },
  };
}

function accept(wss: WebSocketServer, socket: Duplex): WebSocket {
  const request = {
    method: "GET",
    url: "/trpc",
    headers: {
      upgrade: "websocket",
      connection: "upgrade",
      "sec-websocket-key": Buffer.alloc(16).toString("base64"),
      "sec-websocket-version": "13",
    },
    socket,
  } as unknown as IncomingMessage;
  let accepted: WebSocket | undefined;
  wss.handleUpgrade(request, socket, Buffer.alloc(0), (webSocket) => {
    accepted = webSocket;
    wss.emit("connection", webSocket, request);
  });
  if (accepted === undefined) throw new Error("The handshake has failed");
  return accepted;
}
