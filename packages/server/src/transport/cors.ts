import type { IncomingMessage, ServerResponse } from "node:http";
import { REQUEST_ID_HEADER } from "../observe/request-id.js";

/** What scripts of other origins may send. */
const ALLOWED = {
  "access-control-allow-methods": "GET, HEAD, POST",
  "access-control-allow-headers":
    "authorization, content-type, idempotency-key, last-event-id, trpc-accept, x-request-id, x-trpc-source",
  // How long a browser may remember it, in seconds.
  "access-control-max-age": "600",
} as const;

/**
 * Lets a page of another origin read the answer.
 *
 * @param origin - one that is let in
 * @returns whether this was all that was asked: a preflight, which is answered
 */
export function answerCors(request: IncomingMessage, response: ServerResponse, origin: string): boolean {
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-expose-headers", REQUEST_ID_HEADER);
  response.setHeader("vary", "origin");
  const isPreflight = request.method === "OPTIONS" && "access-control-request-method" in request.headers;
  if (isPreflight) response.writeHead(204, ALLOWED).end();
  return isPreflight;
}
