import type { IncomingMessage } from "node:http";
import type { Identity } from "./identity.js";

/**
 * Finds out who a client is.
 *
 * @param token - what the client gave; undefined if nothing
 * @param request - the HTTP request, or the one that became a WebSocket
 * @returns who it is
 * @throws RtmsgError `UNAUTHENTICATED`; any other error is logged, and the client told that it could not be found out
 *   (`UNAVAILABLE`), so that it tries again
 */
export type Authenticate = (
  token: string | undefined,
  request: IncomingMessage,
) => Identity | Promise<Identity>;

/** A way of finding out who clients are, that may change its mind while they are connected. */
export interface Authentication {
  readonly authenticate: Authenticate;
  /**
   * Begins to watch for changes; called once, when the server starts.
   *
   * @param onChange - to be called when identities may have changed
   * @returns ends the watching
   */
  watch?(onChange: () => void): () => void;
  /** The identity as it is by now; undefined when it was revoked. */
  current?(identity: Identity): Identity | undefined;
}
