import { setTimeout as sleep } from "node:timers/promises";
import { Resources } from "../harness/resources.js";
import type { Row, Target } from "../harness/result.js";
import { Rates } from "../harness/rounds.js";
import { openSubscribers } from "./connection.js";
import { NAIVE_WS, NATS, present, REDIS, RTMSG, SOCKET_IO, STOCK_TRPC, type Peer } from "./peers.js";
import { rowOf } from "./rows.js";
import type { Scale } from "./scale.js";

const SUBSCRIBERS = 5_000;
const GROUP = "5,000 idle subscribers: resident memory of each";
/** Subscribers before the first measurement, so that code and pools are there. */
const WARM_UPS = 200;
const SETTLE_MS = 500;
const TARGET: Target = { of: "value", is: "at most", bound: 10 };

/** Measures what a subscriber costs that nothing is sent to. */
export async function benchIdle({ idleRounds, progress }: Scale): Promise<Row[]> {
  const others = present([STOCK_TRPC, NAIVE_WS, SOCKET_IO, NATS, REDIS]);
  const peers = [RTMSG, ...others];
  const figures = new Map(peers.map(({ name }): [string, number[]] => [name, []]));
  for (let round = 0; round < idleRounds; round++) {
    for (const peer of peers) {
      progress.show(`idle subscribers: ${peer.name}, round ${round + 1} of ${idleRounds}`);
      figures.get(peer.name)?.push(await measure(peer));
    }
  }
  const rates = new Rates(figures);
  const figure = { what: RTMSG.name, unit: "KB" } as const;
  return others.map(({ name }, index) =>
    rowOf(GROUP, rates, figure, [RTMSG.name, name], index === 0 ? TARGET : undefined),
  );
}

async function measure(peer: Peer): Promise<number> {
  await using resources = new Resources();
  const server = await peer.start(resources);
  const open = async (count: number): Promise<number> => {
    for (const connection of await openSubscribers(server.port, peer.protocol, count))
      resources.keep({ close: () => Promise.resolve(connection.close()) });
    await sleep(SETTLE_MS);
    return (await server.usage({ collects: true })).residentBytes;
  };
  const before = await open(WARM_UPS);
  return ((await open(SUBSCRIBERS)) - before) / SUBSCRIBERS / 1_024;
}
