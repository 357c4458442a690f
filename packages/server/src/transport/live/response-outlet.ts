import type { ServerResponse } from "node:http";
import type { Outlet } from "./outlet.js";

/** Writes to an HTTP response that goes on for as long as its client listens. */
export class ResponseOutlet implements Outlet {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get bufferedBytes(): number {
    return this.#response.writableLength;
  }

  write(bytes: Buffer): void {
    if (!this.#response.writableEnded) this.#response.write(bytes);
  }

  async drained(maxBytes: number): Promise<void> {
    const response = this.#response;
    while (response.writableLength > maxBytes && !response.destroyed && !response.writableEnded) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          response.off("drain", done);
          response.off("close", done);
          resolve();
        };
        response.on("drain", done);
        response.on("close", done);
      });
    }
  }
}
