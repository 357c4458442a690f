import { LIMITS, type ConnectionTerms, type ServerInfo } from "@rtmsg/server/protocol";

/** What a client keeps to with a server. */
export interface ServerTerms extends ConnectionTerms {
  /** How far back the server remembers event ids, in ms. */
  readonly dedupeReachMs: number;
}

/** Those of a server that does not say, or has not said yet. */
export const USUAL_TERMS: ServerTerms = {
  dedupeReachMs: 120_000,
  frameBytes: LIMITS.frameBytes,
  callsPerBatch: 1_000,
  requestsPerConnection: Infinity,
};

/**
 * What a server asks for.
 *
 * @param info - what it has said of itself; anything, as it comes from outside
 */
export function termsOf(info: Partial<ServerInfo> | null | undefined): ServerTerms {
  const { frameBytes, callsPerBatch, requestsPerConnection } = info?.limits ?? {};
  return {
    dedupeReachMs: atLeast(0, info?.dedupe?.reachMs) ?? USUAL_TERMS.dedupeReachMs,
    frameBytes: atLeast(1, frameBytes) ?? USUAL_TERMS.frameBytes,
    callsPerBatch: atLeast(1, callsPerBatch) ?? USUAL_TERMS.callsPerBatch,
    requestsPerConnection: atLeast(1, requestsPerConnection) ?? USUAL_TERMS.requestsPerConnection,
  };
}

function atLeast(least: number, value: unknown): number | undefined {
  return typeof value === "number" && value >= least ? value : undefined;
}
