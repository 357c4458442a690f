import type { IncomingMessage, ServerResponse } from "node:http";
import type { RtmsgError } from "../protocol/error.js";
import type { Access } from "../security/access.js";
import type { Gate } from "../security/gate.js";

/** What a client holds open: a socket, a WebSocket, or a response that is being written. */
interface Held {
  once(event: "close", listener: () => void): unknown;
}

/** A client that wants in. */
export interface Arrival<H extends Held> {
  readonly request: IncomingMessage;
  readonly token: string | undefined;
  /** What it holds open; what it is let in for ends when this closes. */
  readonly held: H;
  readonly isClosed: (held: H) => boolean;
  /** Called when the token has ended or was revoked: closes what is held. */
  readonly onEnd: (error: RtmsgError) => void;
}

/**
 * Lets a client in for as long as it holds its connection open.
 *
 * @throws RtmsgError `UNAUTHENTICATED`
 */
export async function admit<H extends Held>(gate: Gate, arrival: Arrival<H>): Promise<Access> {
  const { request, token, held, isClosed, onEnd } = arrival;
  const admission = await gate.admit(token, request);
  if (isClosed(held)) admission.release();
  else {
    held.once("close", () => admission.release());
    admission.onEnd(onEnd);
  }
  return admission.access;
}

/** Lets in who sends a request. A response that still goes on when the token ends, as an event stream, is cut. */
export function admitRequest(
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
  token: string | undefined,
): Promise<Access> {
  const isClosed = ({ closed }: ServerResponse): boolean => closed;
  return admit(gate, { request, token, held: response, isClosed, onEnd: () => response.destroy() });
}
