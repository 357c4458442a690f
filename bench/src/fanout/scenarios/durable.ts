import { Resources } from "../../harness/resources.js";
import type { Outcome, Row, Target } from "../../harness/result.js";
import { runRounds } from "../../harness/rounds.js";
import { REDIS_DURABLE, RTMSG_LMDB, skippedPeers } from "../peers.js";
import { ProduceLoad } from "../produce-load.js";
import { redisCommand } from "../protocols/plain.js";
import { RECEIPT } from "../protocols/trpc.js";
import { CPU, RATE, ratesOf, rowOf } from "../rows.js";
import { takingPart, type Scale } from "../scale.js";

const UNDER_WAY = 256;
const BATCHES = "rtmsg, 4 batches of 64";
const LARGE_BATCHES = "rtmsg, 4 batches of 256";
const SINGLES = "rtmsg, single produces";
/** How events are produced to rtmsg. */
const WAYS = [
  { name: BATCHES, size: 64, underWay: UNDER_WAY },
  { name: LARGE_BATCHES, size: 256, underWay: 4 * 256 },
  { name: SINGLES, size: 1, underWay: UNDER_WAY },
];
const TARGET: Target = { of: "ratio", is: "at least", bound: 1 };

/** Produces that are on disk when they are answered. */
export async function benchDurable(scale: Scale): Promise<Outcome> {
  await using resources = new Resources();
  const { rounds, roundMs } = scale;
  const title = `Durable produces on one connection, 128 B, ${UNDER_WAY} under way`;
  const round = { ms: roundMs };
  const loads: ProduceLoad[] = [];
  for (const way of WAYS) {
    const options = { ...way, bytes: 128, answer: RECEIPT, round };
    loads.push(await ProduceLoad.open(resources, RTMSG_LMDB, options));
  }
  const others = takingPart([REDIS_DURABLE], scale);
  for (const peer of others) {
    const publish = (events: readonly { topic: string; data: string }[]): Buffer =>
      Buffer.from(events.map(({ topic, data }) => redisCommand("XADD", topic, "*", "data", data)).join(""));
    const options = { size: 1, underWay: UNDER_WAY, bytes: 128, answer: "$", publish, round };
    loads.push(await ProduceLoad.open(resources, peer, options));
  }
  await runRounds(loads, { ...scale, label: title });
  const rows: Row[] = [];
  for (const figure of [
    { ...RATE, group: "events" },
    { ...CPU, group: "server CPU of each" },
  ]) {
    const rates = ratesOf(loads, figure, rounds);
    const target = figure.unit === "/s" ? TARGET : undefined;
    for (const name of [BATCHES, LARGE_BATCHES])
      for (const other of others) rows.push(rowOf(figure, rates, [name, other.name], target));
    rows.push(rowOf(figure, rates, [SINGLES, BATCHES]));
  }
  return { title, rows, skipped: skippedPeers([REDIS_DURABLE]) };
}
