const SOCKET_PROTOCOLS: Readonly<Record<string, string>> = {
  "http:": "ws:",
  "https:": "wss:",
  "ws:": "ws:",
  "wss:": "wss:",
};

/**
 * The address of the tRPC socket of a server: `/trpc` below the path that the url has.
 *
 * @param url - where the server answers: http, https, ws or wss
 * @throws TypeError when it is none of these
 * @example
 * ```ts
 * socketUrl("https://example.com/events"); // "wss://example.com/events/trpc"
 * ```
 */
export function socketUrl(url: string | URL): string {
  const parsed = parse(url);
  const protocol = SOCKET_PROTOCOLS[parsed?.protocol ?? ""];
  if (parsed === undefined || protocol === undefined) {
    throw new TypeError(
      `url is "${String(url)}": use the server's address, such as http://127.0.0.1:3030, with http, https, ws or wss`,
    );
  }
  parsed.protocol = protocol;
  parsed.pathname = `${parsed.pathname.replace(/\/+$/, "")}/trpc`;
  // A WebSocket refuses an address with a fragment.
  parsed.hash = "";
  return parsed.href;
}

function parse(url: string | URL): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}
