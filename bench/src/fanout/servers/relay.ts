import { createServer, type Socket } from "node:net";
import { listening } from "./listening.js";

/** Writes what one connection sends to all that said that they subscribe; returns the port. */
export function startRelay(): Promise<number> {
  const subscribers = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("close", () => subscribers.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      if (chunk.toString("latin1", 0, 9) === "SUBSCRIBE") {
        subscribers.add(socket);
        socket.write("OK\n");
      } else for (const subscriber of subscribers) subscriber.write(chunk);
    });
  });
  return listening(server.listen(0, "127.0.0.1"));
}
