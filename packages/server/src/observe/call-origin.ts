/** Which call, of which connection, a log line is about. */
export interface CallOrigin {
  /** The connection's id. */
  readonly connection?: string | undefined;
  /**
   * The call's own id: of an HTTP request its `x-request-id`, of a call on a tRPC socket the connection's id, a slash,
   * and the id of tRPC's message.
   */
  readonly request?: string | undefined;
}

/** So much of an id that a client chose goes into the log. */
const MAX_ID = 64;

/**
 * Names a call on a connection that carries many.
 *
 * @param connection - its id; undefined where it has none
 * @param id - of the client's message; null where it has none
 */
export function callOrigin(connection: string | undefined, id: number | string | null): CallOrigin {
  if (connection === undefined) return {};
  return id === null
    ? { connection }
    : { connection, request: `${connection}/${String(id).slice(0, MAX_ID)}` };
}
