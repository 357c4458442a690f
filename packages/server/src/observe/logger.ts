/** A line's fields; never an event's data. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the server writes its log: what it uses of pino's interface, so that a pino logger fits. */
export interface Logger {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** A logger that says nothing. */
export const silentLogger: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * A logger that writes lines to a stream.
 *
 * @param write - takes one line, with its line break
 */
export function lineLogger(write: (line: string) => void): Logger {
  const line =
    (level: string) =>
    (fields: LogFields, message: string): void =>
      write(`${new Date().toISOString()} ${level} ${message}${describe(fields)}\n`);
  return { info: line("info"), warn: line("warn"), error: line("error") };
}

function describe(fields: LogFields): string {
  return Object.entries(fields)
    .map(
      ([name, value]) =>
        ` ${name}=${value instanceof Error ? (value.stack ?? value.message) : JSON.stringify(value)}`,
    )
    .join("");
}
