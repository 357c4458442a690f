/**
 * Options of a single call.
 *
 * @example
 * ```ts
 * await client.produce.mutate(event, { timeoutMs: 5_000, signal: controller.signal });
 * ```
 */
export interface CallOptions {
  /** Gives the call up when it is aborted; it then fails with `TIMEOUT`, and the reason as its cause. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long the call may take, waiting for a connection included, in ms; past it the call fails with
   * `TIMEOUT`. What was sent may be done all the same.
   * @default no limit
   */
  readonly timeoutMs?: number | undefined;
}
