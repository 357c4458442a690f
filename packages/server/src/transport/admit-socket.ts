import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import type { Access } from "../security/access.js";
import type { Gate } from "../security/gate.js";
import { closeCodeOf } from "./close-code.js";

/**
 * Lets the client of a WebSocket in. The connection is closed with 4401 when its token has ended.
 *
 * @throws RtmsgError `UNAUTHENTICATED`
 */
export async function admitSocket(
  gate: Gate,
  socket: WebSocket,
  token: string | undefined,
  request: IncomingMessage,
): Promise<Access> {
  const admission = await gate.admit(token, request);
  if (socket.readyState !== socket.OPEN) admission.release();
  else {
    socket.once("close", () => admission.release());
    admission.onEnd((error) => socket.close(closeCodeOf(error), error.code));
  }
  return admission.access;
}
