import type { CallOrigin } from "../observe/call-origin.js";
import type { TextSink } from "../protocol/text-sink.js";

/** A procedure that can be called without tRPC's call machinery. */
export interface DirectCall<Result = unknown> {
  /**
   * Calls it, which tRPC's machinery would make cost more than the rest of a produce. The procedures that
   * `createRouter` makes do nothing beyond this call: they have no middleware of the app's, even when the
   * router is merged into one.
   *
   * @param input - as the client sent it, deserialised
   * @param context - what the transport's `createContext` returned
   * @param origin - tells which call it is, for the log
   * @returns the result, or for a subscription what it yields
   * @throws RtmsgError
   */
  call(input: unknown, context: unknown, origin: () => CallOrigin): Result;
  /**
   * Writes a result as JSON, where that is quicker than to look through it.
   *
   * @returns whether it did; without, nothing is written
   */
  writeJson?(result: Awaited<Result>, sink: TextSink): boolean;
}

const directCalls = new WeakMap<object, DirectCall>();

/** Lets a procedure be called directly. */
export function allowDirectCall<Procedure extends object, Result>(
  procedure: Procedure,
  call: DirectCall<Result>,
): Procedure {
  directCalls.set(procedure, call);
  return procedure;
}

/** How to call a procedure directly; undefined for those of others. */
export function directCallOf(procedure: unknown): DirectCall | undefined {
  return typeof procedure === "function" ? directCalls.get(procedure) : undefined;
}
