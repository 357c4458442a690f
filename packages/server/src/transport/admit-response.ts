import type { IncomingMessage, ServerResponse } from "node:http";
import type { Access } from "../security/access.js";
import type { Gate } from "../security/gate.js";

/**
 * Lets the client of a request in. A response that is still being written when the token has ended, as an
 * event stream is, is cut: its client connects again, and has to say who it is.
 *
 * @throws RtmsgError `UNAUTHENTICATED`
 */
export async function admitResponse(
  gate: Gate,
  response: ServerResponse,
  token: string | undefined,
  request: IncomingMessage,
): Promise<Access> {
  const admission = await gate.admit(token, request);
  if (response.closed) admission.release();
  else {
    response.once("close", () => admission.release());
    admission.onEnd(() => response.destroy());
  }
  return admission.access;
}
