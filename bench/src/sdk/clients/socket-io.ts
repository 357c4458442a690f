import { io } from "socket.io-client";
import type { BenchClient } from "./bench-client.js";

/** `socket.io-client`, on a WebSocket from the start. It has no past. */
export function socketIoClient(port: number): BenchClient {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"] });
  return {
    produce: (topic, data) => socket.emitWithAck("produce", topic, data),
    async receive({ topic, onReady, onData }) {
      const done = new Promise<void>((resolve) => {
        socket.on("event", ({ data }: { readonly data: string }) => {
          if (onData(data)) return;
          socket.off("event");
          resolve();
        });
      });
      await socket.emitWithAck("subscribe", topic);
      onReady();
      await done;
    },
  };
}
