import { RtmsgError } from "../protocol/error.js";

/** What Node's HTTP server says of a request that it cannot read. */
const KNOWN: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "The head of the request is too long: shorten its URL and headers"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "The chunk extensions of the body are too long: leave them out"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "The request took too long to arrive: send it faster, or in parts"],
};

/** Whether an error is about a request, and not about the connection below it. */
export function isAboutRequest({ code = "" }: NodeJS.ErrnoException): boolean {
  return code.startsWith("HPE_") || code.startsWith("ERR_HTTP_");
}

/** The HTTP status of a request that cannot be read. */
export function statusOfMalformed({ code = "" }: NodeJS.ErrnoException): number {
  return KNOWN[code]?.[0] ?? 400;
}

/** What to tell the client of a request that cannot be read. */
export function malformedRequest({ code = "" }: NodeJS.ErrnoException): RtmsgError<"INPUT_INVALID"> {
  return new RtmsgError("INPUT_INVALID", KNOWN[code]?.[1] ?? "This is no HTTP request");
}
