import type { IncomingMessage } from "node:http";
import { getTRPCErrorFromUnknown, TRPCError, type AnyTRPCRouter } from "@trpc/server";
import { parseConnectionParamsFromUnknown, type TRPCRequestInfo } from "@trpc/server/http";
import type { WebSocket } from "ws";
import type { SocketHandlerOptions } from "./socket-handler-options.js";

/** Whether a client announced that its first message holds connection params. */
export function announcesParams(request: IncomingMessage): boolean {
  const query = request.url?.indexOf("?") ?? -1;
  if (query === -1) return false;
  return new URLSearchParams(request.url?.slice(query)).get("connectionParams") === "1";
}

/**
 * Reads the connection params from a client's first message.
 *
 * @throws TRPCError `PARSE_ERROR` when it is malformed
 */
export function readParams(message: unknown): TRPCRequestInfo["connectionParams"] {
  if (typeof message !== "object" || message === null || Array.isArray(message)) {
    throw new TRPCError({ code: "PARSE_ERROR", message: "Malformed TRPCConnectionParamsMessage" });
  }
  try {
    return parseConnectionParamsFromUnknown((message as { data?: unknown }).data);
  } catch (cause) {
    throw getTRPCErrorFromUnknown(cause);
  }
}

/**
 * Makes the context of a connection, once for all its calls. Where the app makes none it is an empty
 * object, by which the connection is known.
 */
export async function createConnectionContext(
  options: SocketHandlerOptions<AnyTRPCRouter>,
  connection: {
    readonly socket: WebSocket;
    readonly request: IncomingMessage;
    readonly signal: () => AbortSignal;
  },
  connectionParams: TRPCRequestInfo["connectionParams"],
): Promise<unknown> {
  const { socket, request, signal } = connection;
  if (options.createContext === undefined) return {};
  return options.createContext({
    req: request,
    res: socket,
    info: {
      connectionParams,
      calls: [],
      isBatchCall: false,
      accept: null,
      type: "unknown",
      // Made when it is asked for: most contexts do without, and there is one for each connection.
      get signal() {
        return signal();
      },
      url: null,
    },
  });
}
