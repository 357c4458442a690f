import { STATUS_CODES, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { REQUEST_ID_HEADER } from "../observe/request-id.js";
import { isRtmsgError, type RtmsgError } from "../protocol/error.js";

/** Answers a plain route with JSON. */
export function replyJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    "x-content-type-options": "nosniff",
  });
  response.end(text);
}

/** Answers a plain route with an error: its body is the error as it travels. */
export function replyError(response: ServerResponse, error: RtmsgError, status = error.status): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (isRtmsgError(error, "RATE_LIMITED")) {
    response.setHeader("retry-after", Math.ceil(error.details.retryAfterMs / 1_000));
  }
  replyJson(response, status, error);
}

/**
 * Answers with an error where there is a socket only: no WebSocket to say it on yet, nor a response.
 *
 * @param socket - of the client
 * @param error - why it is refused
 * @param answer - its status, and the request's id
 */
export function refuseSocket(
  socket: Duplex,
  error: RtmsgError,
  { status, request }: { readonly status: number; readonly request: string },
): void {
  const text = JSON.stringify(error);
  // A client that keeps its side open would keep the connection.
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n` +
      "content-type: application/json; charset=utf-8\r\n" +
      `${REQUEST_ID_HEADER}: ${request}\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}
