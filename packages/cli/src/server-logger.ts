import type { Logger } from "@rtmsg/server";
import picocolors from "picocolors";
import { pino, stdSerializers } from "pino";
import { prettyFactory } from "pino-pretty";
import type { Settings } from "./config/settings.js";

/** Where a server's log lines go: `process.stderr`, as a rule. */
export interface LogOutput {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/**
 * The logger of `rtmsg serve`: JSON for machines, or lines for a person at a terminal. What it writes is written at
 * once, so that nothing is lost when the process ends.
 *
 * @param settings - from what level on, and how
 * @param output - gets the lines
 */
export function serverLogger(
  { logLevel, logFormat }: Pick<Settings, "logLevel" | "logFormat">,
  output: LogOutput = process.stderr,
): Logger {
  const isPretty = logFormat === "pretty" || (logFormat === "auto" && output.isTTY === true);
  const options = { level: logLevel, serializers: { error: describeError } };
  if (!isPretty) return pino(options, { write: (line) => void output.write(line) });
  const pretty = prettyFactory({
    colorize: picocolors.isColorSupported,
    errorLikeObjectKeys: ["error"],
    ignore: "pid,hostname",
    singleLine: true,
    translateTime: "SYS:HH:MM:ss.l",
  });
  return pino(options, { write: (line) => void output.write(pretty(line)) });
}

/** What an error says, and no more: what else hangs on it may hold an event's data. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message, stack };
}
