import { RtmsgError } from "@rtmsg/server/protocol";
import { TRPCClientError, type Operation, type OperationResultEnvelope } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import type { TRPCErrorShape } from "@trpc/server/rpc";
import type { Observer } from "@trpc/server/observable";
import { encodeInput, type EncodedInput } from "../connection/encoded-input.js";
import type { Outgoing, Verdict } from "../connection/outgoing.js";

/** Who is told what becomes of an operation of tRPC's. */
export type LinkObserver = Observer<
  OperationResultEnvelope<unknown, TRPCClientError<AnyTRPCRouter>>,
  TRPCClientError<AnyTRPCRouter>
>;

/**
 * A call or subscription that the stock tRPC client makes, with that client's own behaviour: a
 * subscription is taken up again after what tracks its last item; a query is sent again; a mutation
 * whose connection broke has failed.
 */
export class LinkCall implements Outgoing {
  readonly kind: Operation["type"];
  readonly path: string;
  readonly #input: unknown;
  readonly #observer: LinkObserver;
  #lastId: string | undefined;

  constructor({ type, path, input }: Operation, observer: LinkObserver) {
    this.kind = type;
    this.path = path;
    this.#input = input;
    this.#observer = observer;
  }

  encode(): EncodedInput {
    if (this.#lastId === undefined) return encodeInput(this.path, this.#input);
    // The server looks for it in the input, as tRPC's own transports do.
    return encodeInput(this.path, { ...(this.#input as object | undefined), lastEventId: this.#lastId });
  }

  onStarted(): void {
    this.#observer.next({ result: { type: "started" } });
  }

  onData(data: unknown, _bytes: number, id?: string): Verdict {
    if (id !== undefined) this.#lastId = id;
    this.#observer.next({ result: id === undefined ? { type: "data", data } : { type: "data", data, id } });
    if (this.kind !== "subscription") this.#observer.complete();
    return "ended";
  }

  onError(error: RtmsgError, shape?: unknown): Verdict {
    this.#observer.error(clientError(error, shape));
    return "ended";
  }

  onStopped(): void {
    this.#observer.next({ result: { type: "stopped" } });
    this.#observer.complete();
  }

  onLost(): boolean {
    if (this.kind !== "mutation") return true;
    this.#observer.error(
      clientError(
        new RtmsgError(
          "OUTCOME_UNKNOWN",
          `The connection broke before ${this.path} was answered, so it may or may not be done`,
        ),
      ),
    );
    return false;
  }

  /** Its signal was aborted. */
  onAborted(cause: unknown): void {
    if (this.kind === "subscription") {
      this.#observer.complete();
      return;
    }
    const message = `${this.path} was given up by its signal: what was sent may be done`;
    this.#observer.error(clientError(new RtmsgError("TIMEOUT", message, {}, { cause })));
  }

  onClosed(): void {
    this.#observer.error(
      clientError(new RtmsgError("CLOSED", `The client was closed before ${this.path} was answered`)),
    );
  }
}

/** tRPC's own error: with the server's shape where it has sent one, and rtmsg's error as its cause. */
export function clientError(error: RtmsgError, shape?: unknown): TRPCClientError<AnyTRPCRouter> {
  const response = { error: shape } as { readonly error: TRPCErrorShape };
  if (typeof shape === "object" && shape !== null) return TRPCClientError.from(response, { cause: error });
  return TRPCClientError.from(error);
}
