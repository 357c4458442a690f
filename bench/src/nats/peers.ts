import { BinaryServer } from "../fanout/binary-server.js";
import { NodeServer } from "../fanout/node-server.js";
import { RTMSG, type Peer } from "../fanout/peers.js";
import type { ServerProcess } from "../fanout/server-process.js";
import type { Resources } from "../harness/resources.js";

/** A broker whose log is in a NATS server of its own. */
export const RTMSG_NATS: Peer = {
  ...RTMSG,
  name: "rtmsg, nats",
  start: async (resources) => (await startBoth(resources)).broker,
};

/** The same, with what its NATS server uses. */
export const RTMSG_WITH_NATS: Peer = {
  ...RTMSG,
  name: "rtmsg, nats, and its NATS server",
  start: async (resources) => {
    const { broker, nats } = await startBoth(resources);
    return {
      port: broker.port,
      usage: async (options) => {
        const [one, other] = await Promise.all([broker.usage(options), nats.usage()]);
        return {
          cpuMicros: one.cpuMicros + other.cpuMicros,
          residentBytes: one.residentBytes + other.residentBytes,
          anonymousBytes: one.anonymousBytes + other.anonymousBytes,
        };
      },
      close: () => broker.close(),
    };
  },
};

async function startBoth(resources: Resources): Promise<{ broker: ServerProcess; nats: ServerProcess }> {
  const nats = resources.keep(await startJetStream());
  const log = { nats: `nats://127.0.0.1:${nats.port}` };
  return { nats, broker: resources.keep(await NodeServer.start({ kind: "rtmsg", log })) };
}

/** A NATS server with JetStream and its defaults. */
export function startJetStream(): Promise<BinaryServer> {
  return BinaryServer.start("nats-server", { keeps: true });
}
