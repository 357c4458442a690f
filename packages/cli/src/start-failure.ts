import { CliError } from "./cli-error.js";

/**
 * Says why a broker did not start, and what to do about it.
 *
 * @param error - what `startServer` threw; what it refuses itself, it has explained
 * @returns the error to end with
 */
export function explainStartFailure(error: unknown, host: string, port: number): CliError {
  return new CliError(explain(error as NodeJS.ErrnoException, host, port), undefined, { cause: error });
}

function explain({ code, message, syscall }: NodeJS.ErrnoException, host: string, port: number): string {
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} on ${host} is taken, perhaps by a broker that runs already: stop that, or choose another with --port (0 takes a free one)`;
    case "EACCES":
      // Files may be refused, too, and say which.
      if (syscall !== "listen") return message;
      return `Port ${port} on ${host} may not be listened on: choose one from 1024 with --port`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${host} is no address of this machine: check --host`;
    default:
      return message;
  }
}
