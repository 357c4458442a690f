import { Option } from "commander";
import { usageError } from "./cli-error.js";

const DEFAULT_URL = "http://127.0.0.1:3030";

/** `--url`, as every command that talks to a broker has it. */
export function urlOption(): Option {
  return new Option("-u, --url <url>", "the broker's address")
    .env("RTMSG_URL")
    .default(DEFAULT_URL)
    .argParser(parseUrl);
}

/** Reads a broker's address; `localhost:3030` will do. */
function parseUrl(text: string): string {
  const address = /^\w+:\/\//.test(text) ? text : `http://${text}`;
  if (URL.canParse(address) && /^(http|ws)s?:/.test(address)) return new URL(address).href.replace(/\/$/, "");
  throw usageError(`"${text}" is no address of a broker: use one such as ${DEFAULT_URL}`);
}
