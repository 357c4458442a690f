import { TOPIC, type Protocol } from "./protocol.js";
import { textFrame, upgrade } from "./websocket.js";

/** tRPC's WebSocket protocol with superjson: events are sent as one batch. */
export const trpcProtocol: Protocol = {
  alive: textFrame("PONG"),
  hello: [upgrade("/trpc")],
  subscribe: (id) => ({
    say: request(id, "subscription", "subscribe", { topic: TOPIC }),
    until: '"started"',
  }),
  publish: (data, count, id) =>
    request(id, "mutation", "produceBatch", {
      events: Array.from({ length: count }, () => ({ topic: TOPIC, data })),
    }),
};

/** A `produce` of one event. */
export function produceRequest(data: string, id: number): Buffer {
  return request(id, "mutation", "produce", { topic: TOPIC, data });
}

/** The server's question whether the client is there. */
export const PING = Buffer.from("\u0000\u0004PING");
PING[0] = 0x81;

function request(id: number, method: string, path: string, json: unknown): Buffer {
  return textFrame(JSON.stringify({ id, method, params: { path, input: { json } } }));
}
