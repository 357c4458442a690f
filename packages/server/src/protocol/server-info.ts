/**
 * What a server takes from one connection; whoever goes past it has the call refused, or loses the connection.
 *
 * @example
 * ```ts
 * const { limits }: ServerInfo = await client.trpc.server.info.query();
 * console.log(limits?.frameBytes);
 * ```
 */
export interface ConnectionTerms {
  /** Largest message, or HTTP body, in bytes. */
  readonly frameBytes: number;
  /** Most calls in one message. */
  readonly callsPerBatch: number;
  /** Most calls that are not answered yet. */
  readonly requestsPerConnection: number;
}

/**
 * What a server says of itself: the answer to `server.info`.
 *
 * @example
 * ```ts
 * const info: ServerInfo = await client.trpc.server.info.query();
 * console.log(info.version, info.dedupe.windowMs);
 * ```
 */
export interface ServerInfo {
  /** The version of the protocol that it speaks. */
  readonly protocol: number;
  /** Its own version. */
  readonly version: string;
  /** The log's incarnation. */
  readonly epoch: string;
  /** How event ids are remembered. */
  readonly dedupe: {
    /** How long an id is remembered, in ms, while there are not too many. */
    readonly windowMs: number;
    /** How far back every id is remembered just now, in ms: the window, or less when too many ids came. */
    readonly reachMs: number;
  };
  /** What it takes from the connection that asked; absent where another adapter than rtmsg's serves the router. */
  readonly limits?: ConnectionTerms;
}
