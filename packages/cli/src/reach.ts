import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { json } from "node:stream/consumers";
import { CliError } from "./cli-error.js";
import { EXIT } from "./exit-codes.js";
import { startingAt, type Urls } from "./urls.js";

/** How long a broker gets to say that it is there, in ms. */
const TIMEOUT_MS = 5_000;

/**
 * Makes sure that a broker answers at an address, or at one of several. A client would wait for one to
 * come; a person at a terminal wants to know at once.
 *
 * @returns the addresses in their order, from the first on where a broker answers
 * @throws CliError when nothing answers, or something else does
 */
export async function requireBroker(urls: Urls): Promise<Urls> {
  const faults: string[] = [];
  for (const [index, url] of urls.entries()) {
    const fault = await faultAt(url);
    if (fault === undefined) return startingAt(urls, index);
    faults.push(fault);
  }
  const advice = 'start one with "rtmsg serve", or name another with --url or RTMSG_URL';
  throw new CliError(`${faults.join("; ")}: ${advice}`, EXIT.unreachable);
}

/** Why there is no broker at an address. */
async function faultAt(url: string): Promise<string | undefined> {
  let answer: unknown;
  try {
    answer = await askHealth(url);
  } catch (error) {
    return `No broker answers at ${url} (${reason(error)})`;
  }
  const isBroker = typeof answer === "object" && answer !== null && "epoch" in answer;
  return isBroker ? undefined : `What answers at ${url} is no rtmsg broker`;
}

/** Not by fetch, which refuses some ports. */
function askHealth(url: string): Promise<unknown> {
  const address = new URL(`${url.replace(/^ws/, "http").replace(/\/$/, "")}/healthz`);
  const request = address.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request(address, { agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) })
      .on("error", reject)
      .on("response", (response) => {
        // An answer that is no JSON is an answer all the same.
        json(response).then(resolve, () => resolve(undefined));
      })
      .end();
  });
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError" || error.name === "TimeoutError") {
    return `no answer within ${TIMEOUT_MS / 1_000} seconds`;
  }
  // A name with several addresses fails with one error for each.
  const { code, errors, message } = error as NodeJS.ErrnoException & { errors?: readonly Error[] };
  if (code === "ECONNREFUSED") return "connection refused";
  if (code === "ENOTFOUND") return "there is no such host";
  return message || (errors?.[0]?.message ?? String(code));
}
