import type { IncomingMessage } from "node:http";
import type { AnyTRPCRouter } from "@trpc/server";
import type { WSSHandlerOptions } from "@trpc/server/adapters/ws";
import type { WebSocket } from "ws";

/** Serves a router on a `ws` server: tRPC's own functions, or ours. */
export interface Adapter {
  readonly name: string;
  /** Whether subscriptions of rtmsg are attached to the connection. */
  readonly isOurs: boolean;
  applyWSSHandler<R extends AnyTRPCRouter>(
    options: WSSHandlerOptions<R>,
  ): { broadcastReconnectNotification: () => void };
  getWSConnectionHandler<R extends AnyTRPCRouter>(
    options: WSSHandlerOptions<R>,
  ): (socket: WebSocket, request: IncomingMessage) => void;
}
