import { REDIS_DURABLE, RTMSG_LMDB, skippedPeers, SOCKET_IO, present } from "../fanout/peers.js";
import { ProduceLoad } from "../fanout/produce-load.js";
import { redisCommand } from "../fanout/protocols/plain.js";
import { TOPIC } from "../fanout/protocols/protocol.js";
import { Resources } from "../harness/resources.js";
import type { Outcome, Target } from "../harness/result.js";
import { runRounds } from "../harness/rounds.js";
import { ClientProcess, type ClientKind } from "./client-process.js";
import { ClientContestant, SDK, sdkRows } from "./contestant.js";
import type { Scale } from "./scale.js";

const UNDER_WAY = 1_000;
const BYTES = 128;
const STOCK = "@trpc/client";
const TARGET: Target = { of: "value", is: "at least", bound: 100_000 };

/** Calls that are under way at the same time, through the clients. */
export async function benchProduce(scale: Scale): Promise<Outcome> {
  await using resources = new Resources();
  const { rounds, roundMs } = scale;
  const title = `Durable produces through a client on one connection, ${BYTES} B, ${UNDER_WAY} calls under way`;
  const { port } = await RTMSG_LMDB.start(resources);
  const socketIo = await SOCKET_IO.start(resources);
  const through = (name: string, kind: ClientKind, at: number): ClientContestant => {
    const client = resources.keep(new ClientProcess({ kind, port: at }));
    const task = { topic: TOPIC, bytes: BYTES, underWay: UNDER_WAY, ms: roundMs };
    return new ClientContestant(name, () => client.produce(task));
  };
  const clients = [
    through(SDK, "rtmsg", port),
    through(STOCK, "stock-trpc", port),
    through("socket.io-client, keeps nothing", "socket-io", socketIo.port),
  ];
  const redis: ProduceLoad[] = [];
  for (const peer of present([REDIS_DURABLE])) {
    const publish = (events: readonly { topic: string; data: string }[]): Buffer =>
      Buffer.from(events.map(({ topic, data }) => redisCommand("XADD", topic, "*", "data", data)).join(""));
    const round = { ms: roundMs };
    const options = { size: 1, underWay: UNDER_WAY, bytes: BYTES, answer: "$", publish, round };
    redis.push(await ProduceLoad.open(resources, peer, options));
  }
  const all = [...clients, ...redis];
  const rates = await runRounds(all, { ...scale, label: title });
  const others = all.map(({ name }) => name).filter((name) => name !== SDK);
  const targets = (other: string): Target | undefined => (other === STOCK ? TARGET : undefined);
  const rows = sdkRows(rates, clients, { group: "events produced", others, rounds, targets });
  return { title, rows, skipped: skippedPeers([REDIS_DURABLE]) };
}
