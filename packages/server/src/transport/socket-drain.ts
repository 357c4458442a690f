import type { Socket } from "node:net";

/**
 * Waits while a socket holds more unsent bytes than it may. This is what keeps a reader that does not
 * read from growing the server's memory.
 *
 * @param socket - the connection
 * @param maxBytes - how much it may hold
 */
export async function socketDrained(socket: Socket, maxBytes: number): Promise<void> {
  while (socket.writableLength > maxBytes && !socket.destroyed) {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off("drain", done);
        socket.off("close", done);
        resolve();
      };
      socket.on("drain", done);
      socket.on("close", done);
    });
  }
}
