import type { RtmsgError } from "../protocol/error.js";

/** Errors close a WebSocket with this plus their HTTP status, and their code as the reason. */
const CLOSE_CODE_BASE = 4_000;

/** The close code of a connection that an administrator has closed. */
export const DISCONNECTED_CODE = 1_008;

/** The close code of an error. */
export function closeCodeOf(error: RtmsgError): number {
  return CLOSE_CODE_BASE + error.status;
}
