import type { IncomingMessage } from "node:http";
import type { AnyTRPCRouter } from "@trpc/server";
import { jsonEncoder } from "@trpc/server/adapters/ws";
import type { WebSocket } from "ws";
import { parseLimits } from "../../limits/limits.js";
import { KeepAlive } from "../live/keep-alive.js";
import type { SocketHandlerOptions } from "./socket-handler-options.js";
import { TrpcConnection } from "./trpc-connection.js";

/**
 * Serves a router on a `ws` WebSocket server: a drop-in for the function of the same name in
 * `@trpc/server/adapters/ws`, for any router, and for tRPC's own clients as they are.
 *
 * What it does beyond: subscriptions of rtmsg's router are attached to the connection, so that an event
 * is encoded once and costs each subscriber one write; this takes the `transformer` of `@rtmsg/server`,
 * or `superjson`, in your `initTRPC`. What a connection holds unsent is bounded: see `maxBufferedBytes`.
 * Frames are written to the socket below `ws`, without `perMessageDeflate`, which is better turned off.
 *
 * @param options - tRPC's own, and `maxBufferedBytes`, `keepRequest` and `limits`
 * @returns `broadcastReconnectNotification()`, which tells every client to connect again
 * @example
 * ```ts
 * const t = initTRPC.create({ transformer, errorFormatter: formatError });
 * const appRouter = t.router({ hello: t.procedure.query(() => "hi"), events: createRouter(broker) });
 * const wss = new WebSocketServer({ port: 3001, perMessageDeflate: false });
 * applyWSSHandler({ wss, router: appRouter, keepAlive: { enabled: true } });
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
 * same name in `@trpc/server/adapters/ws`. {@link applyWSSHandler} uses it; it is for those who choose
 * the connections to serve themselves.
 *
 * @param options - as for {@link applyWSSHandler}; `prefix` is not looked at
 * @returns serves a connection, given its upgrade request
 * @example
 * ```ts
 * const serve = getWSConnectionHandler({ wss, router: appRouter });
 * wss.on("connection", (socket, request) => {
 *   if (isWelcome(request)) serve(socket, request);
 *   else socket.close();
 * });
 * ```
 */
export function getWSConnectionHandler<TRouter extends AnyTRPCRouter>(
  options: SocketHandlerOptions<TRouter>,
): (socket: WebSocket, request: IncomingMessage) => void {
  // The connection calls procedures by name: their types are of no use to it.
  const erased = options as unknown as SocketHandlerOptions<AnyTRPCRouter>;
  const keepAlive = erased.keepAlive?.enabled === true ? new KeepAlive(erased.keepAlive) : undefined;
  const settings = { keepAlive, limits: parseLimits(erased.limits) };
  return (socket, request) => {
    new TrpcConnection(socket, request, erased, settings).open(request);
  };
}
