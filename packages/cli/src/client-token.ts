import { readFileSync } from "node:fs";
import { CliError } from "./cli-error.js";

/**
 * The token to show to a broker: of the environment variable `RTMSG_TOKEN`, or of the file that
 * `RTMSG_TOKEN_FILE` names. There is no option for it: a command line can be read by others.
 *
 * @throws CliError when the file cannot be read
 */
export function clientToken(): string | undefined {
  const { RTMSG_TOKEN: token, RTMSG_TOKEN_FILE: file } = process.env;
  if (token !== undefined && token !== "") return token;
  if (file === undefined || file === "") return undefined;
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new CliError(`RTMSG_TOKEN_FILE: ${(cause as Error).message}`, undefined, { cause });
  }
}
