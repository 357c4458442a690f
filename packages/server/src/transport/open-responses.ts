import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { tooManyRequests } from "./request-limits.js";
import type { RtmsgError } from "../protocol/error.js";

/** The HTTP responses that are under way. */
export class OpenResponses {
  readonly #open = new Set<ServerResponse>();
  readonly #bySocket = new Map<Socket, number>();
  readonly #maxPerConnection: number;

  /** @param maxPerConnection - requests that one connection may send before they are answered */
  constructor(maxPerConnection: number) {
    this.#maxPerConnection = maxPerConnection;
  }

  /**
   * Follows a response until it is closed.
   *
   * @returns why its request is refused, if it is
   */
  add(response: ServerResponse): RtmsgError | undefined {
    const { socket } = response.req;
    const count = (this.#bySocket.get(socket) ?? 0) + 1;
    this.#bySocket.set(socket, count);
    this.#open.add(response);
    response.on("close", () => {
      this.#open.delete(response);
      const left = (this.#bySocket.get(socket) ?? 1) - 1;
      if (left > 0) this.#bySocket.set(socket, left);
      else this.#bySocket.delete(socket);
    });
    return count > this.#maxPerConnection ? tooManyRequests(this.#maxPerConnection) : undefined;
  }

  /** Ends the streams. Resolves when every request that came in whole has its answer. */
  async finish(): Promise<void> {
    const answered: Promise<void>[] = [];
    for (const response of this.#open) {
      // An answer that has begun and not ended is a stream, which goes on until somebody ends it.
      if (response.headersSent && !response.writableEnded) response.end();
      if (response.req.complete) answered.push(closed(response));
    }
    await Promise.all(answered);
  }

  /** Cuts what has begun and does not come to its end. */
  cut(): void {
    for (const response of this.#open) {
      if (response.headersSent) response.destroy();
    }
  }
}

function closed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once("close", () => resolve()));
}
