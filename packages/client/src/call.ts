import { RtmsgError } from "@rtmsg/server/protocol";
import type { Connection } from "./connection/connection.js";
import { EncodedInput } from "./connection/encoded-input.js";
import type { Outgoing } from "./connection/outgoing.js";

/**
 * Calls a procedure and waits for its answer. A query whose connection broke is sent again; a
 * mutation only where it had not left yet.
 *
 * @param connection - where to send it
 * @param kind - whether it changes anything
 * @param path - the procedure
 * @param input - its input
 * @returns what the procedure answers, deserialized
 * @throws RtmsgError what the server answers; `OUTCOME_UNKNOWN`, `CLOSED`, `INPUT_INVALID`,
 *   `DATA_INVALID`, `EVENT_TOO_LARGE`
 */
export async function call(
  connection: Connection,
  kind: "query" | "mutation",
  path: string,
  input: unknown,
): Promise<unknown> {
  const encoded = new EncodedInput(path, input);
  return new Promise((resolve, reject) => {
    connection.send(new Call({ kind, path, encoded, resolve, reject }));
  });
}

interface CallOptions {
  readonly kind: "query" | "mutation";
  readonly path: string;
  readonly encoded: EncodedInput;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: RtmsgError) => void;
}

class Call implements Outgoing {
  readonly kind: "query" | "mutation";
  readonly path: string;
  readonly #encoded: EncodedInput;
  readonly #resolve: (result: unknown) => void;
  readonly #reject: (error: RtmsgError) => void;

  constructor({ kind, path, encoded, resolve, reject }: CallOptions) {
    this.kind = kind;
    this.path = path;
    this.#encoded = encoded;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  encode(): EncodedInput {
    return this.#encoded;
  }

  onData(data: unknown): void {
    this.#resolve(data);
  }

  onError(error: RtmsgError): void {
    this.#reject(error);
  }

  onStopped(): void {
    this.#reject(new RtmsgError("INTERNAL", `The server stopped ${this.path}, which is no subscription`));
  }

  onLost(isSent: boolean): boolean {
    if (this.kind === "query" || !isSent) return true;
    this.#reject(
      new RtmsgError(
        "OUTCOME_UNKNOWN",
        `The connection broke before ${this.path} was answered, so it may or may not be done: call again with the same event id`,
      ),
    );
    return false;
  }

  onClosed(): void {
    this.#reject(new RtmsgError("CLOSED", `The client was closed before ${this.path} was answered`));
  }
}
