import type { DataIssue, RtmsgError } from "@rtmsg/server/protocol";
import { CliError } from "./cli-error.js";
import { EXIT } from "./exit-codes.js";

/**
 * Prints what ended a command.
 *
 * @returns the exit code
 */
export function reportError(error: unknown): number {
  process.stderr.write(`error: ${describeError(error)}\n`);
  return error instanceof CliError ? error.exitCode : EXIT.failed;
}

/** By name, not by class: the client brings a class of its own. */
function isRtmsgError(error: unknown): error is RtmsgError {
  return error instanceof Error && error.name === "RtmsgError";
}

/** An error as users read it. Only what nobody foresaw has a stack. */
export function describeError(error: unknown): string {
  if (error instanceof CliError) return error.message;
  if (isRtmsgError(error)) return `${error.message} (${error.code})${describeIssues(error)}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function describeIssues(error: RtmsgError): string {
  const { issues = [] } = error.details as { readonly issues?: readonly DataIssue[] };
  // The message names the first.
  return issues
    .slice(1)
    .map(({ message, path }) => `\n  ${path.length === 0 ? "data" : path.join(".")}: ${message}`)
    .join("");
}
