import type { IncomingMessage } from "node:http";
import type { RefusedCall } from "../observe/refusals.js";
import { requestIdOf } from "../observe/request-id.js";
import type { TransportName } from "../observe/transport-name.js";

/** So much of a path goes into the log. */
const MAX_PATH = 200;

/** What the log says of an HTTP request that is refused. */
export function refusedRequest(
  request: IncomingMessage,
  transport: TransportName,
  pathname: string,
): RefusedCall {
  const address = request.socket.remoteAddress;
  return { transport, path: pathname.slice(0, MAX_PATH), address, request: requestIdOf(request) };
}
