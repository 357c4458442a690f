import { once, type EventEmitter } from "node:events";
import type { AddressInfo } from "node:net";

/** Waits until a server listens; returns its port. */
export async function listening(server: EventEmitter & { address(): unknown }): Promise<number> {
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
