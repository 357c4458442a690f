import { Resources } from "../harness/resources.js";
import type { Row } from "../harness/result.js";
import { runRounds } from "../harness/rounds.js";
import { FanOutLoad } from "./fan-out-load.js";
import { RTMSG } from "./peers.js";
import { CPU, ratesOf, ratioAtMost, rowOf } from "./rows.js";
import type { Scale } from "./scale.js";

const GROUP = "Growth: server CPU per delivery, 128 B";
const COUNTS = [10, 100, 1_000, 5_000];

/** Compares many subscribers with few. */
export async function benchGrowth(scale: Scale): Promise<Row[]> {
  await using resources = new Resources();
  const { progress, rounds, roundMs } = scale;
  const loads: FanOutLoad[] = [];
  for (const subscribers of COUNTS) {
    const name = nameOf(subscribers);
    progress.show(`growth: connecting ${name}`);
    loads.push(await FanOutLoad.open(resources, RTMSG, { name, subscribers, bytes: 128, roundMs }));
  }
  await runRounds(loads, { ...scale, label: "growth" });
  const rates = ratesOf(loads, CPU, rounds);
  const [least = 0, ...others] = COUNTS;
  return others.map((count) =>
    rowOf(GROUP, rates, { ...CPU, what: nameOf(count) }, [nameOf(count), nameOf(least)], ratioAtMost(1.2)),
  );
}

function nameOf(count: number): string {
  return `${count.toLocaleString("en")} subscribers`;
}
