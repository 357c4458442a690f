import { Resources } from "../../harness/resources.js";
import type { Outcome, Row } from "../../harness/result.js";
import { runRounds } from "../../harness/rounds.js";
import {
  AEDES,
  NAIVE_WS,
  NATS,
  REDIS,
  RELAY,
  RTMSG,
  RTMSG_LMDB,
  skippedPeers,
  SOCKET_IO,
  STOCK_TRPC,
} from "../peers.js";
import { CPU, MEMORY, ratesOf, ratioAtMost, rowOf, type Figure } from "../rows.js";
import type { Sample } from "../sample.js";
import { takingPart, type Scale } from "../scale.js";
import { SteadyLoad } from "../steady-load.js";

const OTHERS = [NAIVE_WS, STOCK_TRPC, SOCKET_IO, AEDES, NATS, REDIS, RELAY];

const latency = (group: string, of: (latency: NonNullable<Sample["latency"]>) => number): Figure => ({
  group,
  unit: "µs",
  of: (sample) => (sample.latency === undefined ? Number.NaN : of(sample.latency)),
});
const P99 = latency("latency, p99", ({ p99 }) => p99);
const FIGURES = [
  CPU,
  latency("latency, p50", ({ p50 }) => p50),
  P99,
  latency("latency, p99.9", ({ p999 }) => p999),
  MEMORY,
];

/** Events at a steady rate, sent one by one: how long they take. */
export async function benchSteady(scale: Scale): Promise<Outcome> {
  await using resources = new Resources();
  const { progress, few: subscribers, steady } = scale;
  const title = `${steady.perSecond} events/s to ${subscribers.toLocaleString("en")} subscribers, 128 B`;
  const others = takingPart(OTHERS, scale);
  const loads: SteadyLoad[] = [];
  for (const peer of [RTMSG, RTMSG_LMDB, ...others]) {
    progress.show(`${title}: connecting to ${peer.name}`);
    loads.push(await SteadyLoad.open(resources, peer, { subscribers, bytes: 128, ...steady }));
  }
  await runRounds(loads, { ...scale, rounds: steady.rounds, label: title });
  const rows: Row[] = [];
  for (const figure of FIGURES) {
    const rates = ratesOf(loads, figure, steady.rounds);
    const bound = figure === CPU || figure === P99 ? 1 : undefined;
    for (const peer of others)
      rows.push(
        rowOf(figure, rates, [RTMSG.name, peer.name], ratioAtMost(peer === NAIVE_WS ? bound : undefined)),
      );
    rows.push(rowOf(figure, rates, [RTMSG_LMDB.name, RTMSG.name]));
  }
  return { title, rows, skipped: skippedPeers(OTHERS) };
}
