import type { Resources } from "../harness/resources.js";
import { BinaryServer, findBinary, type Binary } from "./binary-server.js";
import { NodeServer } from "./node-server.js";
import { naiveWsProtocol } from "./protocols/naive-ws.js";
import { natsProtocol, redisProtocol, relayProtocol } from "./protocols/plain.js";
import type { Protocol } from "./protocols/protocol.js";
import { socketIoProtocol } from "./protocols/socket-io.js";
import { trpcProtocol } from "./protocols/trpc.js";
import type { ServerProcess } from "./server-process.js";

/** A server that takes part. */
export interface Peer {
  readonly name: string;
  readonly protocol: Protocol;
  /** Whether it is given less at a time, since it would take seconds for it. */
  readonly isSlow?: boolean;
  start(resources: Resources): Promise<ServerProcess>;
}

export const RTMSG: Peer = {
  name: "rtmsg",
  protocol: trpcProtocol,
  start: async (resources) => resources.keep(await NodeServer.start({ kind: "rtmsg" })),
};

export const RTMSG_LMDB: Peer = {
  name: "rtmsg, lmdb",
  protocol: trpcProtocol,
  start: async (resources) =>
    resources.keep(await NodeServer.start({ kind: "rtmsg", path: resources.folder() })),
};

export const STOCK_TRPC: Peer = {
  name: "stock tRPC",
  protocol: trpcProtocol,
  isSlow: true,
  start: async (resources) => resources.keep(await NodeServer.start({ kind: "stock-trpc" })),
};

export const NAIVE_WS: Peer = {
  name: "naive ws",
  protocol: naiveWsProtocol,
  isSlow: true,
  start: async (resources) => resources.keep(await NodeServer.start({ kind: "naive-ws" })),
};

export const SOCKET_IO: Peer = {
  name: "Socket.IO",
  protocol: socketIoProtocol,
  isSlow: true,
  start: async (resources) => resources.keep(await NodeServer.start({ kind: "socket-io" })),
};

export const RELAY: Peer = {
  name: "node:net relay",
  protocol: relayProtocol,
  start: async (resources) => resources.keep(await NodeServer.start({ kind: "relay" })),
};

export const NATS = binaryPeer("NATS", "nats-server", natsProtocol);
export const REDIS = binaryPeer("Redis", "redis-server", redisProtocol);

/** The peers of these that can run here. */
export function present(peers: readonly Peer[]): Peer[] {
  return peers.filter(({ name }) => !ABSENT.has(name));
}

/** A line for each peer that is left out. */
export function skippedPeers(): string[] {
  return [...ABSENT].map(([name, binary]) => `${name} is skipped: there is no ${binary} on the PATH.`);
}

const ABSENT: ReadonlyMap<string, Binary> = new Map(
  (
    [
      [NATS.name, "nats-server"],
      [REDIS.name, "redis-server"],
    ] as const
  ).filter(([, binary]) => findBinary(binary) === undefined),
);

function binaryPeer(name: string, binary: Binary, protocol: Protocol): Peer {
  return { name, protocol, start: async (resources) => resources.keep(await BinaryServer.start(binary)) };
}
