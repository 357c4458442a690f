import { Resources } from "../../harness/resources.js";
import type { Outcome } from "../../harness/result.js";
import { runRounds } from "../../harness/rounds.js";
import { RTMSG, STOCK_TRPC } from "../peers.js";
import { ProduceLoad } from "../produce-load.js";
import { RECEIPT } from "../protocols/trpc.js";
import { CPU, RATE, ratesOf, ratioAtMost, rowOf } from "../rows.js";
import type { Scale } from "../scale.js";

const UNDER_WAY = 64;

/** Compares what a mutation costs. */
export async function benchProduce(scale: Scale): Promise<Outcome> {
  await using resources = new Resources();
  const { mutations, rounds } = scale;
  const title = `Single produce mutations on one connection, 128 B, ${UNDER_WAY} under way`;
  const options = { size: 1, underWay: UNDER_WAY, bytes: 128, answer: RECEIPT, round: { events: mutations } };
  const loads: ProduceLoad[] = [];
  for (const peer of [RTMSG, STOCK_TRPC]) loads.push(await ProduceLoad.open(resources, peer, options));
  await runRounds(loads, { ...scale, label: title });
  const names = [RTMSG.name, STOCK_TRPC.name] as const;
  const rows = [
    rowOf({ ...CPU, group: "server CPU of each" }, ratesOf(loads, CPU, rounds), names, ratioAtMost(0.5)),
    rowOf({ ...RATE, group: "mutations" }, ratesOf(loads, RATE, rounds), names),
  ];
  return { title, rows, skipped: [] };
}
