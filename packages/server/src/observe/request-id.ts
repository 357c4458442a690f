import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** The header that a request's id comes in, and is answered in. */
export const REQUEST_ID_HEADER = "x-request-id";

/** Ids that callers may choose: what fits into a line, and cannot break one. */
const SANE = /^[\x21-\x7e]{1,128}$/;

const made = new WeakMap<IncomingMessage, string>();

/** What a request is called in the log and in its answer: as its caller says in `x-request-id`, or an id of its own. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers[REQUEST_ID_HEADER];
  if (typeof given === "string" && SANE.test(given)) return given;
  let id = made.get(request);
  if (id === undefined) {
    id = randomUUID();
    made.set(request, id);
  }
  return id;
}
