import { RtmsgError } from "@rtmsg/server/protocol";
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { CliError } from "./cli-error.js";
import { clientToken } from "./client-token.js";
import { EXIT } from "./exit-codes.js";
import { Progress } from "./io/progress.js";
import { listenForStop } from "./io/signals.js";

/**
 * Asks a broker for a copy of its log.
 *
 * @param url - the broker's
 * @param folder - where the copy goes
 * @returns how large it is
 * @throws CliError, RtmsgError; nothing is left in the folder then
 */
export async function downloadBackup(url: string, folder: string): Promise<{ readonly bytes: number }> {
  const file = join(folder, "data.mdb");
  if (existsSync(file)) throw new CliError(`${folder} holds a log already: name another folder`);
  using stop = listenForStop();
  const part = `${file}.part`;
  try {
    mkdirSync(folder, { recursive: true });
    const response = await ask(`${url.replace(/^ws/, "http")}/admin/backup`, stop.signal);
    if (response.statusCode !== 200) throw await refusal(response);
    const bytes = Number(response.headers["content-length"]);
    let received = 0;
    using progress = new Progress({ what: "Backing up", unit: "byte", total: bytes });
    response.on("data", (chunk: Buffer) => progress.to((received += chunk.length)));
    await pipeline(response, createWriteStream(part, { flush: true }), { signal: stop.signal });
    if (received !== bytes) throw new Error(`${received} of ${bytes} bytes came`);
    renameSync(part, file);
    return { bytes };
  } catch (cause) {
    rmSync(part, { force: true });
    if (stop.signal.aborted) throw new CliError("Interrupted, nothing is backed up", EXIT.interrupted);
    if (cause instanceof CliError || (cause as Error).name === "RtmsgError") throw cause;
    throw new CliError(`Nothing is backed up: ${(cause as Error).message}`, undefined, { cause });
  }
}

function ask(url: string, signal: AbortSignal): Promise<IncomingMessage> {
  const token = clientToken();
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request(url, { agent: false, headers, signal }).on("error", reject).on("response", resolve).end();
  });
}

async function refusal(response: IncomingMessage): Promise<Error> {
  const body = await json(response).catch(() => undefined);
  return RtmsgError.fromBody(body) ?? new CliError(`The broker answered with status ${response.statusCode}`);
}
