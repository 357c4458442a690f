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
    dedupeReachMs: numberOr(info?.dedupe?.reachMs, USUAL_TERMS.dedupeReachMs),
    frameBytes: numberOr(frameBytes, USUAL_TERMS.frameBytes),
    callsPerBatch: numberOr(callsPerBatch, USUAL_TERMS.callsPerBatch),
    requestsPerConnection: numberOr(requestsPerConnection, USUAL_TERMS.requestsPerConnection),
  };
}

function numberOr(value: unknown, usual: number): number {
  return typeof value === "number" ? value : usual;
}
