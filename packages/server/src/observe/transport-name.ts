/**
 * How something came in or goes out: tRPC over WebSocket, tRPC over HTTP (and other adapters of tRPC), a plain
 * WebSocket, a plain event stream, a plain route, or a call within the process.
 */
export const TRANSPORTS = ["trpc", "trpc_http", "websocket", "sse", "http", "local"] as const;

/** One of {@link TRANSPORTS}. */
export type TransportName = (typeof TRANSPORTS)[number];
