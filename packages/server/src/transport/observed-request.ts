import type { ServerResponse } from "node:http";
import type { ConnectionState, CountedSocket, ObservedConnection } from "../observe/connections.js";
import type { TransportName } from "../observe/transport-name.js";

/** A request that is being answered, or a stream that goes on. */
export class ObservedRequest implements ObservedConnection {
  readonly transport: TransportName;
  readonly socket: CountedSocket;
  readonly #response: ServerResponse;

  /**
   * @param pathname - of the request
   * @param response - its answer, not begun
   */
  constructor(pathname: string, response: ServerResponse) {
    this.transport = transportOf(pathname);
    // A response lets go of its socket when it has ended.
    this.socket = response.req.socket;
    this.#response = response;
  }

  get state(): ConnectionState {
    return this.#response.writableEnded ? "closing" : "open";
  }

  get bufferedBytes(): number {
    return this.#response.writableLength;
  }
}

function transportOf(pathname: string): TransportName {
  if (pathname === "/trpc" || pathname.startsWith("/trpc/")) return "trpc_http";
  return pathname.startsWith("/subscribe/") ? "sse" : "http";
}
