import type { IncomingMessage } from "node:http";

/** Where a client's token may be, in the order in which it is looked for. */
export interface TokenPlaces {
  readonly request: IncomingMessage;
  /** tRPC's connection params. */
  readonly params?: Readonly<Record<string, unknown>> | null | undefined;
  /** The URL's parameters, for clients that can send no headers: plain WebSocket and EventSource. */
  readonly query?: URLSearchParams | undefined;
}

/** The token that a client sent; undefined if none. */
export function tokenOf({ request, params, query }: TokenPlaces): string | undefined {
  const token = params?.["token"];
  if (typeof token === "string" && token !== "") return token;
  const bearer = /^Bearer +([^\s]+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  return query?.get("token") ?? undefined;
}
