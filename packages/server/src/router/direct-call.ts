import type { CallOrigin } from "../observe/call-origin.js";

/**
 * Calls a procedure without tRPC's call machinery, which costs more than the rest of a produce. The
 * procedures that `createRouter` makes do nothing beyond this call: they have no middleware of the
 * app's, even when the router is merged into one.
 *
 * @param input - as the client sent it, deserialised
 * @param context - what the transport's `createContext` returned
 * @param origin - tells which call it is, for the log
 * @returns the result, or for a subscription what it yields
 * @throws RtmsgError
 */
export type DirectCall = (input: unknown, context: unknown, origin: () => CallOrigin) => unknown;

const directCalls = new WeakMap<object, DirectCall>();

/** Lets a procedure be called directly. */
export function allowDirectCall<Procedure extends object>(procedure: Procedure, call: DirectCall): Procedure {
  directCalls.set(procedure, call);
  return procedure;
}

/** How to call a procedure directly; undefined for those of others. */
export function directCallOf(procedure: unknown): DirectCall | undefined {
  return typeof procedure === "function" ? directCalls.get(procedure) : undefined;
}
