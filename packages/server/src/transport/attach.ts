import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { Duplex } from "node:stream";

/** Handles a request or an upgrade; false leaves it to others. */
export interface Handlers {
  readonly request: (...call: Parameters<RequestListener>) => boolean;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
}

/** Answers what neither the handlers nor any listener of the server answers. */
export interface Refusals {
  readonly request: (...call: Parameters<RequestListener>) => void;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

type Listener = (...call: unknown[]) => void;

/** What is put before the listeners of one event. */
interface Front {
  readonly event: "request" | "upgrade";
  readonly handle: (...call: unknown[]) => boolean;
  readonly refuse: Listener;
}

/**
 * Puts handlers before the listeners that an HTTP server has. What they leave goes to those, as if
 * nothing had been put there; what nobody takes is refused, so that no client waits for ever.
 *
 * @returns what takes the handlers away again
 */
export function attachHandlers(server: Server, handlers: Handlers, refusals: Refusals): () => void {
  const detach = (["request", "upgrade"] as const).map((event) =>
    attach(server, {
      event,
      handle: handlers[event] as (...call: unknown[]) => boolean,
      refuse: refusals[event] as Listener,
    }),
  );
  return () => {
    for (const one of detach) one();
  };
}

function attach(server: Server, { event, handle, refuse }: Front): () => void {
  const earlier = server.listeners(event) as Listener[];
  let isAttached = true;
  const listener: Listener = (...call) => {
    if (isAttached && handle(...call)) return;
    for (const other of earlier) Reflect.apply(other, server, call);
    // Listeners that came later are called by the server itself.
    if (earlier.length === 0 && server.listenerCount(event) <= 1) refuse(...call);
  };
  server.removeAllListeners(event);
  server.on(event, listener);
  return () => {
    isAttached = false;
    const now = server.listeners(event) as Listener[];
    // Who was attached after this one calls it, and so what was there before it.
    if (!now.includes(listener)) return;
    server.removeAllListeners(event);
    for (const other of now.flatMap((one) => (one === listener ? earlier : [one]))) server.on(event, other);
  };
}
