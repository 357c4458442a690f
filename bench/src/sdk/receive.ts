import { RTMSG_LMDB, SOCKET_IO, type Peer } from "../fanout/peers.js";
import { ProduceLoad } from "../fanout/produce-load.js";
import { TOPIC } from "../fanout/protocols/protocol.js";
import { RECEIPT } from "../fanout/protocols/trpc.js";
import type { ServerProcess } from "../fanout/server-process.js";
import { Resources } from "../harness/resources.js";
import type { Outcome, Target } from "../harness/result.js";
import { runRounds } from "../harness/rounds.js";
import { ClientProcess, type ClientKind } from "./client-process.js";
import { ClientContestant, SDK, sdkRows } from "./contestant.js";
import type { Scale } from "./scale.js";

const BYTES = 128;
const PAST = "bench.past";
const STOCK = "@trpc/client";
/** What the clients get that would take seconds for more. */
const SLOW_SHARE = 0.1;
const TARGET: Target = { of: "value", is: "at least", bound: 200_000 };

/** One loop that receives events: those of a log from the first on, and those that are produced meanwhile. */
export async function benchReceive(scale: Scale): Promise<Outcome> {
  await using resources = new Resources();
  const { rounds, events, progress } = scale;
  const title = `Receiving by one subscriber through a client, ${BYTES} B, lmdb`;
  const server = await RTMSG_LMDB.start(resources);
  const socketIo = await SOCKET_IO.start(resources);
  const clientOf = (kind: ClientKind, { port }: ServerProcess): ClientProcess =>
    resources.keep(new ClientProcess({ kind, port }));
  const processes = {
    rtmsg: clientOf("rtmsg", server),
    stock: clientOf("stock-trpc", server),
    socketIo: clientOf("socket-io", socketIo),
  };
  const slow = Math.ceil(events * SLOW_SHARE);

  progress.show(`${title}: storing what is read`);
  const store = {
    size: 1_000,
    underWay: 4_000,
    bytes: BYTES,
    answer: RECEIPT,
    topic: PAST,
    round: { events },
  };
  await (await ProduceLoad.open(resources, RTMSG_LMDB, store, server)).round();
  const past = (name: string, client: ClientProcess, count: number): ClientContestant => {
    const task = { topic: PAST, from: "earliest", events: count } as const;
    return new ClientContestant(name, () => client.receive(task, () => Promise.resolve()));
  };
  const readers = [past(SDK, processes.rtmsg, events), past(STOCK, processes.stock, slow)];

  const live = async (
    name: string,
    client: ClientProcess,
    { peer, at, ...load }: { peer: Peer; at: ServerProcess; size: number; answer: string; count: number },
  ): Promise<ClientContestant> => {
    const { size, answer, count } = load;
    const options = { size, underWay: 4_000, bytes: BYTES, answer, round: { events: count } };
    const producer = await ProduceLoad.open(resources, peer, options, at);
    const task = { topic: TOPIC, from: "latest", events: count } as const;
    return new ClientContestant(name, () => client.receive(task, () => producer.round()));
  };
  const rtmsg = { peer: RTMSG_LMDB, at: server, size: 500, answer: RECEIPT };
  // Its acknowledgements are what has a bracket.
  const other = { peer: SOCKET_IO, at: socketIo, size: 1, answer: "[", count: slow };
  const subscribers = [
    await live(SDK, processes.rtmsg, { ...rtmsg, count: events }),
    await live(STOCK, processes.stock, { ...rtmsg, count: slow }),
    await live("socket.io-client, keeps nothing", processes.socketIo, other),
  ];

  const rows = [];
  const targets = (name: string): Target | undefined => (name === STOCK ? TARGET : undefined);
  for (const [group, clients] of [
    ["events of the log, from the first", readers],
    ["events that are produced meanwhile", subscribers],
  ] as const) {
    const rates = await runRounds(clients, { ...scale, label: `${title}: ${group}` });
    const others = clients.map(({ name }) => name).filter((name) => name !== SDK);
    rows.push(...sdkRows(rates, clients, { group, others, rounds, targets }));
  }
  return { title, rows, skipped: [] };
}
