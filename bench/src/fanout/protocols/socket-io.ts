import type { Protocol } from "./protocol.js";
import { textFrame, upgrade } from "./websocket.js";

/** Socket.IO over WebSocket; every produce is acknowledged. */
export const socketIoProtocol: Protocol = {
  hello: [
    upgrade("/socket.io/?EIO=4&transport=websocket", '"pingInterval"'),
    { say: textFrame("40"), until: "40{" },
  ],
  subscribe: (topic) => ({ say: textFrame(`421${JSON.stringify(["subscribe", topic])}`), until: "431[" }),
  publish: (events, id) =>
    Buffer.concat(
      events.map(({ topic, data }, index) =>
        textFrame(`42${id + index}${JSON.stringify(["produce", topic, data])}`),
      ),
    ),
};
