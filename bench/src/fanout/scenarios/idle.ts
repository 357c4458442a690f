import { Resources } from "../../harness/resources.js";
import type { Outcome, Target } from "../../harness/result.js";
import { runRounds, type Contestant } from "../../harness/rounds.js";
import { openSubscribers } from "../connection.js";
import {
  AEDES,
  NAIVE_WS,
  NATS,
  REDIS,
  RTMSG,
  RTMSG_LMDB,
  skippedPeers,
  SOCKET_IO,
  STOCK_TRPC,
  type Peer,
} from "../peers.js";
import { TOPIC } from "../protocols/protocol.js";
import { untilQuiet } from "../quiet.js";
import { rowOf } from "../rows.js";
import { takingPart, type Scale } from "../scale.js";

const OTHERS = [NAIVE_WS, STOCK_TRPC, SOCKET_IO, AEDES, NATS, REDIS];
/** Of all subscribers, those that are there before the first measurement, so that code and pools are. */
const WARM_UP_SHARE = 0.04;
const FIGURE = { group: "resident memory of each", unit: "KB" } as const;
const TARGET: Target = { of: "value", is: "at most", bound: 10 };

/** What a subscriber costs that nothing is sent to. */
export async function benchIdle(scale: Scale): Promise<Outcome> {
  const { idle, progress } = scale;
  const title = `${idle.subscribers.toLocaleString("en")} idle subscribers`;
  const others = takingPart(OTHERS, scale);
  const contestants = [RTMSG, RTMSG_LMDB, ...others].map((peer): Contestant => ({
    name: peer.name,
    round: () => memoryOfEach(peer, idle.subscribers),
  }));
  const rates = await runRounds(contestants, { rounds: idle.rounds, warmUps: 0, label: title, progress });
  const rows = others.map((peer) =>
    rowOf(FIGURE, rates, [RTMSG.name, peer.name], peer === others[0] ? TARGET : undefined),
  );
  rows.push(rowOf(FIGURE, rates, [RTMSG_LMDB.name, RTMSG.name]));
  return { title, rows, skipped: skippedPeers(OTHERS) };
}

async function memoryOfEach(peer: Peer, subscribers: number): Promise<number> {
  await using resources = new Resources();
  const server = await peer.start(resources);
  const open = async (count: number): Promise<number> => {
    const { protocol } = peer;
    const opened = await openSubscribers(server.port, protocol, count, () => protocol.subscribe(TOPIC, 1));
    for (const connection of opened) resources.keep(connection);
    await untilQuiet(server);
    return (await server.usage({ collects: true })).residentBytes;
  };
  const before = await open(Math.ceil(subscribers * WARM_UP_SHARE));
  return ((await open(subscribers)) - before) / subscribers / 1_024;
}
