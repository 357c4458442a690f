import type { Protocol } from "./protocol.js";
import { textFrame, upgrade } from "./websocket.js";

/** JSON over WebSocket; every produce is answered with an id. */
export const naiveWsProtocol: Protocol = {
  hello: [upgrade("/")],
  subscribe: (topic) => ({ say: textFrame(JSON.stringify({ subscribe: topic })), until: '"subscribed"' }),
  publish: (events, id) =>
    Buffer.concat(
      events.map(({ topic, data }, index) =>
        textFrame(JSON.stringify({ produce: topic, request: id + index, data })),
      ),
    ),
};
