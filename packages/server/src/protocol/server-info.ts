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
}
