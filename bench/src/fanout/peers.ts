import type { Resources } from "../harness/resources.js";
import { BinaryServer, findBinary, type Binary } from "./binary-server.js";
import { NodeServer, type NodeServerKind } from "./node-server.js";
import { mqttProtocol } from "./protocols/mqtt.js";
import { naiveWsProtocol } from "./protocols/naive-ws.js";
import { natsProtocol, redisProtocol, relayProtocol } from "./protocols/plain.js";
import type { Protocol } from "./protocols/protocol.js";
import { socketIoProtocol } from "./protocols/socket-io.js";
import { trpcProtocol, trpcSinglesProtocol } from "./protocols/trpc.js";
import type { ServerProcess } from "./server-process.js";

/** A server that takes part. */
export interface Peer {
  readonly name: string;
  readonly protocol: Protocol;
  /** Whether it is given less at a time, since it would take seconds for it. */
  readonly isSlow?: boolean;
  start(resources: Resources): Promise<ServerProcess>;
}

export const RTMSG = nodePeer("rtmsg", "rtmsg", trpcProtocol);
export const RTMSG_LMDB: Peer = {
  ...RTMSG,
  name: "rtmsg, lmdb",
  start: async (resources) =>
    resources.keep(await NodeServer.start({ kind: "rtmsg", log: { path: resources.folder() } })),
};
export const RTMSG_SINGLES: Peer = {
  ...RTMSG,
  name: "rtmsg, single produces",
  protocol: trpcSinglesProtocol,
};
export const STOCK_TRPC: Peer = { ...nodePeer("stock tRPC", "stock-trpc", trpcProtocol), isSlow: true };
export const NAIVE_WS: Peer = { ...nodePeer("naive ws", "naive-ws", naiveWsProtocol), isSlow: true };
export const SOCKET_IO: Peer = { ...nodePeer("Socket.IO", "socket-io", socketIoProtocol), isSlow: true };
export const AEDES: Peer = { ...nodePeer("Aedes", "aedes", mqttProtocol), isSlow: true };
export const RELAY = nodePeer("node:net relay", "relay", relayProtocol);
export const NATS = binaryPeer("NATS", "nats-server", natsProtocol);
export const REDIS = binaryPeer("Redis", "redis-server", redisProtocol);
/** Redis that keeps what it answered, whatever happens. */
export const REDIS_DURABLE: Peer = {
  ...REDIS,
  name: "Redis XADD, appendfsync always",
  start: async (resources) => resources.keep(await BinaryServer.start("redis-server", { keeps: true })),
};

/** The peers of these that can run here. */
export function present(peers: readonly Peer[]): Peer[] {
  return peers.filter(({ name }) => !ABSENT.has(name));
}

/** A line for each of these peers that cannot. */
export function skippedPeers(peers: readonly Peer[]): string[] {
  return peers.flatMap(({ name }) => {
    const binary = ABSENT.get(name);
    return binary === undefined ? [] : [`${name} is skipped: there is no ${binary} on the PATH.`];
  });
}

const ABSENT: ReadonlyMap<string, Binary> = new Map(
  (
    [
      [NATS.name, "nats-server"],
      [REDIS.name, "redis-server"],
      [REDIS_DURABLE.name, "redis-server"],
    ] as const
  ).filter(([, binary]) => findBinary(binary) === undefined),
);

function nodePeer(name: string, kind: NodeServerKind, protocol: Protocol): Peer {
  return { name, protocol, start: async (resources) => resources.keep(await NodeServer.start({ kind })) };
}

function binaryPeer(name: string, binary: Binary, protocol: Protocol): Peer {
  return { name, protocol, start: async (resources) => resources.keep(await BinaryServer.start(binary)) };
}
