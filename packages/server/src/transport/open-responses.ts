import type { ServerResponse } from "node:http";

/** The HTTP responses that are under way. */
export class OpenResponses {
  readonly #open = new Set<ServerResponse>();

  /** Follows a response until it is closed. */
  add(response: ServerResponse): void {
    this.#open.add(response);
    response.on("close", () => this.#open.delete(response));
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
