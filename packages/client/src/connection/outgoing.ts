import type { RtmsgError } from "@rtmsg/server/protocol";
import type { EncodedInput } from "./encoded-input.js";

/**
 * Something that is sent to the server and answered: a call, or a subscription. The connection tells
 * it what becomes of it; after `stop`, or an end, it is told nothing more.
 */
export interface Outgoing {
  readonly kind: "query" | "mutation" | "subscription";
  /** The procedure. */
  readonly path: string;
  /** The input, as it is to be sent now. */
  encode(): EncodedInput;
  /**
   * A call's result, which ends it, or what a subscription yields.
   *
   * @param data - deserialized
   * @param bytes - about the size of the frame that brought it
   */
  onData(data: unknown, bytes: number): void;
  /** The server's error, or the client's own before anything was sent. It ends it. */
  onError(error: RtmsgError): void;
  /** The server has ended the subscription. */
  onStopped(): void;
  /**
   * The connection is gone.
   *
   * @param isSent - whether the server may have it
   * @returns whether to send it on the next connection; else it has ended
   */
  onLost(isSent: boolean): boolean;
  /** The client was closed. It ends it. */
  onClosed(): void;
}
