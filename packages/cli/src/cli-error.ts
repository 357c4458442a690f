import { EXIT } from "./exit-codes.js";

/** A failure that the user can do something about: its message is all that is printed. */
export class CliError extends Error {
  override readonly name = "CliError";
  /** What the process exits with. */
  readonly exitCode: number;

  /**
   * @param message - what went wrong with which value, and what to do
   * @param exitCode - one of {@link EXIT}
   * @param options - `cause`, which is not printed
   */
  constructor(message: string, exitCode: number = EXIT.failed, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** A value on the command line that is not understood. */
export function usageError(message: string): CliError {
  return new CliError(message, EXIT.usage);
}
