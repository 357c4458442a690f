import { randomUUID } from "node:crypto";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { listening } from "./listening.js";

interface Message {
  readonly subscribe?: string;
  readonly produce?: string;
  readonly request?: number;
  readonly data?: unknown;
}

/** What one writes first on `ws`: JSON, and a `send` for each subscriber; returns the port. */
export function startNaiveWs(): Promise<number> {
  const topics = new Map<string, Set<WebSocket>>();
  const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  wss.on("connection", (socket) => {
    socket.on("message", (bytes: RawData) => {
      const { subscribe, produce, request, data } = JSON.parse((bytes as Buffer).toString()) as Message;
      if (subscribe !== undefined) {
        const subscribers = topics.get(subscribe) ?? new Set();
        topics.set(subscribe, subscribers.add(socket));
        socket.once("close", () => subscribers.delete(socket));
        socket.send(JSON.stringify({ subscribed: subscribe }));
      } else if (produce !== undefined) {
        const id = randomUUID();
        const text = JSON.stringify({ topic: produce, id, data });
        for (const subscriber of topics.get(produce) ?? []) subscriber.send(text);
        socket.send(JSON.stringify({ request, id }));
      }
    });
  });
  return listening(wss);
}
