import { RtmsgError } from "@rtmsg/server/protocol";
import type { CallOptions } from "./call-options.js";
import type { Connection } from "./connection/connection.js";
import { encodeInput, type EncodedInput } from "./connection/encoded-input.js";
import type { Outgoing, Verdict } from "./connection/outgoing.js";
import { watchPatience } from "./patience.js";
import type { WaitingCalls } from "./waiting-calls.js";

/**
 * Asks the server something, and waits for its answer. What was under way when a connection broke is
 * asked again on the next.
 *
 * @param connection - where to send it
 * @param waiting - counts it while it waits
 * @param path - the procedure
 * @param input - its input
 * @param options - how long to wait
 * @param kind - a mutation must be one that does no harm when it is made twice
 * @returns what the procedure answers, deserialized
 * @throws RtmsgError what the server answers; `CLOSED`, `INPUT_INVALID`, `QUEUE_FULL`, `TIMEOUT`
 */
export async function query(
  connection: Connection,
  waiting: WaitingCalls,
  path: string,
  input: unknown,
  options: CallOptions = {},
  kind: "query" | "mutation" = "query",
): Promise<unknown> {
  const encoded = encodeInput(path, input);
  return new Promise((resolve, reject) => {
    waiting.enter(encoded.bytes);
    let stopWatch: (() => void) | undefined;
    let hasEnded = false;
    const settle = (how: () => void): void => {
      hasEnded = true;
      stopWatch?.();
      waiting.leave(encoded.bytes);
      how();
    };
    const call = new Query(kind, path, encoded, {
      resolve: (result) => settle(() => resolve(result)),
      reject: (error) => settle(() => reject(error)),
    });
    try {
      stopWatch = watchPatience(options, path, (error) => {
        connection.stop(call);
        settle(() => reject(error));
      });
    } catch (error) {
      const malformed = error as RtmsgError;
      settle(() => reject(malformed));
    }
    if (!hasEnded) connection.send(call);
  });
}

/** How a query ends. */
interface Outcome {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: RtmsgError) => void;
}

class Query implements Outgoing {
  readonly kind: "query" | "mutation";
  readonly path: string;
  readonly #encoded: EncodedInput;
  readonly #outcome: Outcome;

  constructor(kind: Query["kind"], path: string, encoded: EncodedInput, outcome: Outcome) {
    this.kind = kind;
    this.path = path;
    this.#encoded = encoded;
    this.#outcome = outcome;
  }

  encode(): EncodedInput {
    return this.#encoded;
  }

  onData(data: unknown): Verdict {
    this.#outcome.resolve(data);
    return "ended";
  }

  onError(error: RtmsgError): Verdict {
    // There will be a server that answers.
    if (error.code === "SHUTTING_DOWN") return "again";
    this.#outcome.reject(error);
    return "ended";
  }

  onStopped(): void {
    // Only subscriptions are stopped.
  }

  onLost(): boolean {
    return true;
  }

  onClosed(): void {
    this.#outcome.reject(new RtmsgError("CLOSED", `The client was closed before ${this.path} was answered`));
  }
}
