import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Server } from "socket.io";
import { listening } from "./listening.js";

/** A ping would have to be answered. */
const PING_INTERVAL_MS = 3_600_000;

/** Socket.IO with a room for each topic; returns the port. */
export function startSocketIo(): Promise<number> {
  const http = createServer();
  const io = new Server(http, { pingInterval: PING_INTERVAL_MS });
  io.on("connection", (socket) => {
    socket.on("subscribe", async (topic: string, acknowledge: (isDone: boolean) => void) => {
      await socket.join(topic);
      acknowledge(true);
    });
    socket.on("produce", (topic: string, data: unknown, acknowledge: (id: string) => void) => {
      const id = randomUUID();
      io.to(topic).emit("event", { topic, id, data });
      acknowledge(id);
    });
  });
  return listening(http.listen(0, "127.0.0.1"));
}
