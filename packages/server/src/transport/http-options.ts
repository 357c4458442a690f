import type { ServerOptions } from "node:http";
import type { ServerLimits } from "../limits/limits.js";

/** How often requests that take too long are looked for, in parts of the time that they have. */
const LOOKS = 4;
const MAX_LOOK_MS = 5_000;

/** The options of Node's HTTP server that hold requests to the limits. */
export function httpOptions({ requestHeadBytes, headMs, requestMs, idleMs }: ServerLimits): ServerOptions {
  const headersTimeout = Math.min(headMs, requestMs);
  return {
    maxHeaderSize: requestHeadBytes,
    headersTimeout,
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: Math.max(1, Math.min(MAX_LOOK_MS, Math.floor(headersTimeout / LOOKS))),
  };
}
