import { Resources } from "../../harness/resources.js";
import type { Outcome, Row, Target } from "../../harness/result.js";
import { Rates, runRounds, type Contestant } from "../../harness/rounds.js";
import { CatchUpReader, type CatchUpTask } from "../catch-up-reader.js";
import { RTMSG_LMDB } from "../peers.js";
import { ProduceLoad } from "../produce-load.js";
import { RECEIPT } from "../protocols/trpc.js";
import { ratioAtMost, rowOf } from "../rows.js";
import type { Scale } from "../scale.js";
import { SteadyLoad } from "../steady-load.js";

const PAST = "bench.past";
const BATCH = 1_000;
const PROCEDURES = ["subscribe", "subscribeBatch"] as const;
const QUIET = "no catch-up beside";
const TARGET: Target = { of: "value", is: "at least", bound: 400_000 };

/** One subscriber reads a log from its first event, alone and beside others that are live. */
export async function benchCatchUp(scale: Scale): Promise<Outcome> {
  await using resources = new Resources();
  const { progress, few: subscribers, steady, catchUp } = scale;
  const title = `Catch-up of ${catchUp.events.toLocaleString("en")} events of 128 B by one subscriber, lmdb`;
  progress.show(`${title}: storing them`);
  const server = await RTMSG_LMDB.start(resources);
  const round = { events: catchUp.events };
  const store = { size: BATCH, underWay: 4 * BATCH, bytes: 128, topic: PAST, answer: RECEIPT, round };
  await (await ProduceLoad.open(resources, RTMSG_LMDB, store, server)).round();
  const live = await SteadyLoad.open(resources, RTMSG_LMDB, { subscribers, bytes: 128, ...steady }, server);
  const reader = resources.keep(new CatchUpReader());
  const read = (procedure: CatchUpTask["procedure"]): Promise<number> =>
    reader.read({ port: server.port, topic: PAST, events: catchUp.events, procedure });

  const beside = new Map(PROCEDURES.map((procedure): [string, number[]] => [procedure, []]));
  const contestants: Contestant[] = [
    ...PROCEDURES.map((name) => ({ name, round: () => read(name) })),
    { name: QUIET, round: () => live.round() },
    ...PROCEDURES.map((procedure) => ({
      name: besideOf(procedure),
      round: () =>
        live.round(async () => {
          beside.get(procedure)?.push(await read(procedure));
        }),
    })),
  ];
  const { rounds } = catchUp;
  const rates = await runRounds(contestants, { ...scale, rounds, label: title });
  const besideRates = new Rates(new Map([...beside].map(([name, all]) => [name, all.slice(-rounds)])));
  const [single, batch] = PROCEDURES;
  const pair = (group: string, of: Rates, target?: Target): Row[] => [
    rowOf({ group, unit: "/s" }, of, [single, batch], target),
    rowOf({ group, unit: "/s" }, of, [batch, single], target),
  ];
  const latency = {
    group: `latency p99 of ${subscribers} others that get ${steady.perSecond} events/s`,
    unit: "µs",
  } as const;
  const rows = [
    ...pair("events, nothing beside", rates, TARGET),
    ...pair(`events, beside ${subscribers} others that get ${steady.perSecond}/s`, besideRates),
    ...PROCEDURES.map((procedure) => rowOf(latency, rates, [besideOf(procedure), QUIET], ratioAtMost(2))),
  ];
  return { title, rows, skipped: [] };
}

function besideOf(procedure: string): string {
  return `beside ${procedure}`;
}
