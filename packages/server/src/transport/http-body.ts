import type { IncomingMessage } from "node:http";
import { RtmsgError } from "../protocol/error.js";

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

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBytes) throw tooLarge(declared, maxBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(bytes: number, limit: number): RtmsgError<"EVENT_TOO_LARGE"> {
  return new RtmsgError(
    "EVENT_TOO_LARGE",
    `The body has ${bytes} bytes or more, over the limit of ${limit}: split it`,
    {
      limit,
    },
  );
}
