import { Option } from "commander";
import { usageError } from "./cli-error.js";
import type { Urls } from "./urls.js";

const DEFAULT_URL = "http://127.0.0.1:3030";

/** `--url`, as every command that talks to a broker has it. */
export function urlOption(): Option {
  return new Option("-u, --url <url>", "the broker's address, or those of several that share a log: a,b")
    .env("RTMSG_URL")
    .default([DEFAULT_URL], DEFAULT_URL)
    .argParser(parseUrls);
}

/** Reads addresses of brokers, parted by commas. */
function parseUrls(text: string): Urls {
  const [first = "", ...others] = text.split(",");
  return [parseUrl(first), ...others.map(parseUrl)];
}

/** Reads a broker's address; `localhost:3030` will do. */
function parseUrl(text: string): string {
  const given = text.trim();
  const address = /^\w+:\/\//.test(given) ? given : `http://${given}`;
  if (URL.canParse(address) && /^(http|ws)s?:/.test(address)) return new URL(address).href.replace(/\/$/, "");
  throw usageError(`"${given}" is no address of a broker: use one such as ${DEFAULT_URL}`);
}
