import { TOPIC, type Protocol } from "./protocol.js";
import { textFrame, upgrade } from "./websocket.js";

/** Socket.IO over WebSocket; every produce is acknowledged. */
export const socketIoProtocol: Protocol = {
  hello: [
    upgrade("/socket.io/?EIO=4&transport=websocket", '"pingInterval"'),
    { say: textFrame("40"), until: "40{" },
  ],
  subscribe: () => ({ say: textFrame(`421${JSON.stringify(["subscribe", TOPIC])}`), until: "431[" }),
  publish: (data, count, id) =>
    Buffer.concat(
      Array.from({ length: count }, (_, index) =>
        textFrame(`42${id + index}${JSON.stringify(["produce", TOPIC, data])}`),
      ),
    ),
};
