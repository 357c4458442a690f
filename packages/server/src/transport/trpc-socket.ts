import type { AnyTRPCRouter } from "@trpc/server";
import type { WebSocketServer } from "ws";
import { ProduceOrder } from "../broker/produce-order.js";
import type { Logger } from "../observe/logger.js";
import { bindConnection } from "../router/connection.js";
import { toRtmsgError } from "../router/trpc-error.js";
import { checkProtocol } from "./protocol-version.js";
import { socketDrained } from "./socket-drain.js";
import { applyWSSHandler } from "./trpc/wss-handler.js";

/** What the tRPC socket needs. */
export interface TrpcSocketOptions {
  readonly wss: WebSocketServer;
  readonly router: AnyTRPCRouter;
  readonly logger: Logger;
  readonly maxBufferedBytes: number;
}

/** Keep-alive: how long a connection may be quiet before a ping, and a ping unanswered, in ms. */
const KEEP_ALIVE = { enabled: true, pingMs: 30_000, pongWaitMs: 5_000 } as const;
/** Most calls in one batched message. */
const MAX_BATCH = 1_000;

/** Serves the router to the WebSocket connections of a server. */
export function serveTrpcSocket({ wss, router, logger, maxBufferedBytes }: TrpcSocketOptions): void {
  applyWSSHandler({
    wss,
    router,
    keepAlive: KEEP_ALIVE,
    maxBatchSize: MAX_BATCH,
    maxBufferedBytes,
    keepRequest: false,
    createContext: ({ req, info }) => {
      checkProtocol(info.connectionParams);
      const context = {};
      const { socket } = req;
      bindConnection(context, {
        order: new ProduceOrder(),
        drained: () => socketDrained(socket, maxBufferedBytes),
      });
      return context;
    },
    onError: ({ error, path }) => {
      const rtmsg = toRtmsgError(error);
      if (rtmsg.code === "INTERNAL") logger.error({ error: rtmsg.cause, path }, "call failed");
    },
  });
}
