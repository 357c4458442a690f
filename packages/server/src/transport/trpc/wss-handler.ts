import type { IncomingMessage } from "node:http";
import type { AnyTRPCRouter } from "@trpc/server";
import { jsonEncoder } from "@trpc/server/adapters/ws";
import type { WebSocket } from "ws";
import type { SocketHandlerOptions } from "./socket-handler-options.js";
import { TrpcConnection } from "./trpc-connection.js";

/**
 * Serves a router on a `ws` WebSocket server: a drop-in for the function of the same name in
 * `@trpc/server/adapters/ws`, for any router. Subscriptions of rtmsg are attached to the connection,
 * so that an event costs each subscriber one write.
 *
 * @param options - as tRPC's, and `maxBufferedBytes`
 * @returns `broadcastReconnectNotification()`, which tells every client to connect again
 * @example
 * ```ts
 * const wss = new WebSocketServer({ port: 3001, perMessageDeflate: false });
 * applyWSSHandler({ wss, router: appRouter, createContext, keepAlive: { enabled: true } });
 * ```
 */
export function applyWSSHandler<TRouter extends AnyTRPCRouter>(
  options: SocketHandlerOptions<TRouter>,
): { broadcastReconnectNotification: () => void } {
  const onConnection = getWSConnectionHandler(options);
  const { wss, prefix } = options;
  wss.on("connection", (socket: WebSocket, request: IncomingMessage) => {
    if (prefix !== undefined && request.url?.startsWith(prefix) !== true) return;
    onConnection(socket, request);
  });
  const encoder = options.experimental_encoder ?? jsonEncoder;
  return {
    broadcastReconnectNotification: () => {
      const message = encoder.encode({ id: null, method: "reconnect" });
      for (const socket of wss.clients) {
        if (socket.readyState === socket.OPEN) socket.send(message);
      }
    },
  };
}

/**
 * Makes a listener for the `connection` event of a `ws` server: a drop-in for the function of the
 * same name in `@trpc/server/adapters/ws`.
 *
 * @param options - as for {@link applyWSSHandler}
 */
export function getWSConnectionHandler<TRouter extends AnyTRPCRouter>(
  options: SocketHandlerOptions<TRouter>,
): (socket: WebSocket, request: IncomingMessage) => void {
  // The connection calls procedures by name: their types are of no use to it.
  const erased = options as unknown as SocketHandlerOptions<AnyTRPCRouter>;
  return (socket, request) => {
    new TrpcConnection(socket, request, erased).open(request);
  };
}
