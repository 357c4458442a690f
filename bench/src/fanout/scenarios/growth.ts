import { Resources } from "../../harness/resources.js";
import type { Outcome } from "../../harness/result.js";
import { runRounds } from "../../harness/rounds.js";
import { FanOutLoad } from "../fan-out-load.js";
import { RTMSG } from "../peers.js";
import { CPU, ratesOf, ratioAtMost, rowOf } from "../rows.js";
import type { Scale } from "../scale.js";

/** Events under way, the same for all: a write that carries more of them costs less for each. */
const UNDER_WAY = 200;

/** Compares many subscribers with few. */
export async function benchGrowth(scale: Scale): Promise<Outcome> {
  await using resources = new Resources();
  const { progress, rounds, roundMs, growth } = scale;
  const title = `Growth from ${growth[0]} to ${growth.at(-1)?.toLocaleString("en")} subscribers, 128 B`;
  const loads: FanOutLoad[] = [];
  for (const subscribers of growth) {
    const name = nameOf(subscribers);
    progress.show(`${title}: connecting ${name}`);
    const options = { name, subscribers, bytes: 128, round: { ms: roundMs }, underWay: UNDER_WAY };
    loads.push(await FanOutLoad.open(resources, RTMSG, options));
  }
  await runRounds(loads, { ...scale, label: title });
  const rates = ratesOf(loads, CPU, rounds);
  const rows = growth
    .flatMap((more, index) => growth.slice(0, index).map((fewer) => [nameOf(more), nameOf(fewer)] as const))
    .map((pair) => rowOf(CPU, rates, pair, ratioAtMost(1.2)));
  return { title, rows, skipped: [] };
}

function nameOf(count: number): string {
  return `${count.toLocaleString("en")} subscribers`;
}
