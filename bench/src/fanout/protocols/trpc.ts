import type { OutgoingEvent, Protocol } from "./protocol.js";
import { textFrame, upgrade } from "./websocket.js";

/** tRPC's WebSocket protocol with superjson: several events are sent as one batch. */
export const trpcProtocol: Protocol = {
  alive: textFrame("PONG"),
  hello: [upgrade("/trpc")],
  subscribe: (topic, id) => ({
    say: trpcRequest(id, "subscription", "subscribe", { topic }),
    until: '"started"',
  }),
  publish: (events, id) => {
    const [first, ...more] = events;
    return first !== undefined && more.length === 0
      ? produceRequest(first, id)
      : trpcRequest(id, "mutation", "produceBatch", { events });
  },
};

/** The same, with every event in a mutation of its own. */
export const trpcSinglesProtocol: Protocol = {
  ...trpcProtocol,
  publish: (events, id) => Buffer.concat(events.map((event, index) => produceRequest(event, id + index))),
};

/** A call. */
export function trpcRequest(
  id: number,
  method: "mutation" | "subscription",
  path: string,
  json: unknown,
): Buffer {
  return textFrame(JSON.stringify({ id, method, params: { path, input: { json } } }));
}

/** What each receipt has in it once. */
export const RECEIPT = '"duplicate"';

/** The server's question whether the client is there. */
export const PING = Buffer.from("\u0000\u0004PING");
PING[0] = 0x81;

function produceRequest(event: OutgoingEvent, id: number): Buffer {
  return trpcRequest(id, "mutation", "produce", event);
}
