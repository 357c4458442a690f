import type { RtmsgError } from "@rtmsg/server/protocol";
import type { EncodedInput } from "./encoded-input.js";
import type { ServerTerms } from "./server-terms.js";

/**
 * What becomes of something that was answered: it has ended, or it is to be sent again on the next
 * connection, in its old place, because this server is going away.
 */
export type Verdict = "ended" | "again";

/**
 * Something that is sent to the server and answered: a call, or a subscription. The connection tells
 * it what becomes of it; after `stop`, or an end, it is told nothing more.
 */
export interface Outgoing {
  readonly kind: "query" | "mutation" | "subscription";
  /** The procedure. */
  readonly path: string;
  /**
   * The input, as it is to be sent now.
   *
   * @param terms - what the server takes
   * @returns undefined when there is nothing left to send: it has ended
   */
  encode(terms: ServerTerms): EncodedInput | undefined;
  /** The server runs the subscription. */
  onStarted?(): void;
  /**
   * A call's result, or what a subscription yields.
   *
   * @param data - deserialized
   * @param bytes - about the size of the frame that brought it
   * @param id - what tracks it, of a subscription's data
   * @returns of a call only
   */
  onData(data: unknown, bytes: number, id?: string): Verdict;
  /**
   * The server's error, or the client's own before anything was sent.
   *
   * @param error - what it stands for
   * @param shape - as tRPC sent it
   */
  onError(error: RtmsgError, shape?: unknown): Verdict;
  /** The server has ended the subscription. */
  onStopped(): void;
  /**
   * The connection is gone.
   *
   * @returns whether to send it on the next connection; else it has ended
   */
  onLost(): boolean;
  /** The client was closed. It ends it. */
  onClosed(): void;
}
