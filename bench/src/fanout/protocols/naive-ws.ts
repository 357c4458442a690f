import { TOPIC, type Protocol } from "./protocol.js";
import { textFrame, upgrade } from "./websocket.js";

/** JSON over WebSocket; every produce is answered with an id. */
export const naiveWsProtocol: Protocol = {
  hello: [upgrade("/")],
  subscribe: () => ({ say: textFrame(JSON.stringify({ subscribe: TOPIC })), until: '"subscribed"' }),
  publish: (data, count, id) =>
    Buffer.concat(
      Array.from({ length: count }, (_, index) =>
        textFrame(JSON.stringify({ produce: TOPIC, request: id + index, data })),
      ),
    ),
};
