import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { Duplex } from "node:stream";

/** Handles a request or an upgrade; false leaves it to others. */
export interface Handlers {
  readonly request: (...call: Parameters<RequestListener>) => boolean;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
}

type Listener = (...call: never[]) => void;

/**
 * Puts handlers before the listeners that an HTTP server has. What they leave goes to those, as if
 * nothing had been put there.
 *
 * @returns what takes the handlers away again
 */
export function attachHandlers(server: Server, handlers: Handlers): () => void {
  const detachRequest = attach(server, "request", handlers.request as (...call: unknown[]) => boolean);
  const detachUpgrade = attach(server, "upgrade", handlers.upgrade as (...call: unknown[]) => boolean);
  return () => {
    detachRequest();
    detachUpgrade();
  };
}

function attach(
  server: Server,
  event: "request" | "upgrade",
  handle: (...call: unknown[]) => boolean,
): () => void {
  const earlier = server.listeners(event) as Listener[];
  server.removeAllListeners(event);
  const listener = (...call: unknown[]): void => {
    if (handle(...call)) return;
    for (const other of earlier) Reflect.apply(other, server, call);
  };
  server.on(event, listener);
  return () => {
    server.off(event, listener);
    for (const other of earlier) server.on(event, other as (...call: unknown[]) => void);
  };
}
