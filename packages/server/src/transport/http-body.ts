import type { IncomingMessage } from "node:http";
import { RtmsgError } from "../protocol/error.js";

/** How much of a refused body is read and dropped, in bytes. */
const MAX_DROPPED_BYTES = 67_108_864;

/**
 * Reads a request's JSON body.
 *
 * @param request - the request
 * @param maxBytes - largest body
 * @throws RtmsgError `EVENT_TOO_LARGE`, or `INPUT_INVALID` for another content type or what is no JSON
 */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const type = request.headers["content-type"];
  if (type !== undefined && !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new RtmsgError(
      "INPUT_INVALID",
      `Content-Type is ${type.slice(0, 100)}, and a produce takes JSON: send the header content-type: application/json`,
    );
  }
  const body = await readBody(request, maxBytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as unknown;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RtmsgError("INPUT_INVALID", `The body is not JSON: ${reason}`, {}, { cause });
  }
}

function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const declared = Number(request.headers["content-length"] ?? 0);
    const chunks: Buffer[] = [];
    let bytes = 0;
    const take = (chunk: Buffer): void => {
      bytes += chunk.byteLength;
      if (bytes <= maxBytes) chunks.push(chunk);
      else refuse(bytes);
    };
    // What is left is still read and dropped, as long as it is not endless: a connection that is cut while
    // the client writes would lose the answer.
    const drop = (chunk: Buffer): void => {
      bytes += chunk.byteLength;
      if (bytes > maxBytes + MAX_DROPPED_BYTES) request.destroy();
    };
    const refuse = (size: number): void => {
      request.off("data", take);
      request.on("data", drop);
      chunks.length = 0;
      reject(tooLarge(size, maxBytes));
    };
    request.on("error", reject);
    request.on("close", () => reject(new Error("The client went away")));
    request.on("end", () => resolve(Buffer.concat(chunks)));
    if (declared > maxBytes) refuse(declared);
    else request.on("data", take);
  });
}

/** Refuses a body that is larger than it may be. */
export function tooLarge(bytes: number, limit: number): RtmsgError<"EVENT_TOO_LARGE"> {
  return new RtmsgError(
    "EVENT_TOO_LARGE",
    `The body has ${bytes} bytes or more, over the limit of ${limit}: split it`,
    {
      limit,
    },
  );
}
