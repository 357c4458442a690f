import type { Socket } from "node:net";
import type { AnyTRPCRouter } from "@trpc/server";
import type { WebSocketServer } from "ws";
import { termsOf, type ServerLimits } from "../limits/limits.js";
import type { Logger } from "../observe/logger.js";
import type { Telemetry } from "../observe/telemetry.js";
import type { ConnectionTerms } from "../protocol/server-info.js";
import { ConnectionContext } from "../router/connection.js";
import type { Access } from "../security/access.js";
import type { Gate } from "../security/gate.js";
import { tokenOf } from "../security/token.js";
import { admit } from "./admit.js";
import { closeCodeOf } from "./close-code.js";
import { nameRequest, toRtmsgError } from "../router/trpc-error.js";
import { isTooLarge } from "./live/message-size.js";
import { checkProtocol } from "./protocol-version.js";
import { drained } from "./stream-drain.js";
import { applyWSSHandler } from "./trpc/wss-handler.js";

/** What the tRPC socket needs. */
export interface TrpcSocketOptions {
  readonly wss: WebSocketServer;
  readonly router: AnyTRPCRouter;
  readonly logger: Logger;
  readonly limits: ServerLimits;
  readonly gate: Gate;
  readonly telemetry: Telemetry;
}

/** What the procedures are told of a connection. */
class SocketContext extends ConnectionContext {
  readonly #socket: Socket;
  readonly #limits: ServerLimits;

  constructor(socket: Socket, limits: ServerLimits, access: Access) {
    super(access, "trpc");
    this.#socket = socket;
    this.#limits = limits;
  }

  override get terms(): ConnectionTerms {
    return termsOf(this.#limits);
  }

  override drained(): Promise<void> {
    return drained(this.#socket, this.#limits.bufferedBytes);
  }
}

/** Serves the router to the WebSocket connections of a server. */
export function serveTrpcSocket(options: TrpcSocketOptions): void {
  const { wss, router, logger, limits, gate, telemetry } = options;
  const { refusals } = telemetry;
  const { bufferedBytes: maxBufferedBytes, callsPerBatch, pingMs, pongMs } = limits;
  applyWSSHandler({
    wss,
    router,
    keepAlive: { enabled: true, pingMs, pongWaitMs: pongMs },
    maxBatchSize: callsPerBatch,
    maxBufferedBytes,
    limits,
    keepRequest: false,
    connections: telemetry.connections,
    createContext: ({ req, res, info }) => {
      checkProtocol(info.connectionParams);
      const { socket } = req;
      if (gate.isOpen) return new SocketContext(socket, limits, gate.openTo(socket.remoteAddress));
      const token = tokenOf({ request: req, params: info.connectionParams });
      return admit(gate, {
        request: req,
        token,
        held: res,
        isClosed: ({ readyState, OPEN }) => readyState !== OPEN,
        onEnd: (error) => res.close(closeCodeOf(error), error.code),
      }).then((access) => new SocketContext(socket, limits, access));
    },
    onFailure: ({ error, path, origin }) => {
      const reason = path === undefined ? brokenSocket(error.cause) : undefined;
      if (toRtmsgError(error).code === "INTERNAL" && reason !== undefined) {
        logger.warn({ ...origin, error: reason }, "socket failed");
        if (isTooLarge(error.cause)) refusals.note("EVENT_TOO_LARGE", { transport: "trpc", ...origin });
        return;
      }
      refusals.note(nameRequest(error, origin), { transport: "trpc", path, ...origin });
    },
  });
}

/** What is wrong with a connection, where it is the client or the network and not the server. */
function brokenSocket(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  return /^(?:WS_ERR_|E[A-Z]+$)/.test(String(cause.code)) ? cause.message : undefined;
}
