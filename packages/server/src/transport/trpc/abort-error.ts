import { TRPCError } from "@trpc/server";

/** Whether an error is how an abort looks from inside what was aborted. */
export function isAbort(cause: unknown): boolean {
  const reason: unknown = cause instanceof TRPCError ? cause.cause : cause;
  return reason instanceof Error && reason.name === "AbortError";
}
