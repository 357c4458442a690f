import type { ServerResponse } from "node:http";
import { drained, isDrained } from "../stream-drain.js";
import type { Outlet } from "./outlet.js";

/** Writes to an HTTP response that goes on for as long as its client listens. */
export class ResponseOutlet implements Outlet {
  readonly #response: ServerResponse;
  liveMembers = 0;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get bufferedBytes(): number {
    return this.#response.writableLength;
  }

  get isClosed(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }

  write(bytes: Buffer): void {
    if (!this.isClosed) this.#response.write(bytes);
  }

  deliver(bytes: Buffer): boolean {
    this.write(bytes);
    return false;
  }

  hasRoom(maxBytes: number): boolean {
    return isDrained(this.#response, maxBytes);
  }

  drained(maxBytes: number): Promise<void> {
    return drained(this.#response, maxBytes);
  }
}
