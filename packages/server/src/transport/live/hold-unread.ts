import type { WebSocket } from "ws";
import type { Outlet } from "./outlet.js";

/**
 * A client that sends without reading what it is answered is not read either, until it does: else what is
 * unsent would grow without bound.
 *
 * @param maxBytes - unsent bytes that a connection may hold
 */
export function holdUnread(socket: WebSocket, outlet: Outlet, maxBytes: number): void {
  if (outlet.bufferedBytes <= maxBytes || socket.isPaused) return;
  socket.pause();
  void outlet.drained(maxBytes).then(() => socket.resume());
}
