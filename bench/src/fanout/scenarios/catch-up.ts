import { Resources } from "../../harness/resources.js";
import type { Outcome, Row, Target, Unit } from "../../harness/result.js";
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
  const figures = (): Map<string, number[]> => new Map(PROCEDURES.map((procedure) => [procedure, []]));
  const [cpu, beside] = [figures(), figures()];
  const readAlone = async (procedure: CatchUpTask["procedure"]): Promise<number> => {
    const before = await server.usage();
    const rate = await read(procedure);
    const { cpuMicros } = await server.usage();
    cpu.get(procedure)?.push((cpuMicros - before.cpuMicros) / catchUp.events);
    return rate;
  };

  const contestants: Contestant[] = [
    ...PROCEDURES.map((name) => ({ name, round: () => readAlone(name) })),
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
  const counted = (all: ReadonlyMap<string, number[]>): Rates =>
    new Rates(new Map([...all].map(([name, each]) => [name, each.slice(-rounds)])));
  const [single, batch] = PROCEDURES;
  const pair = (group: string, unit: Unit, of: Rates, target?: Target): Row[] => [
    rowOf({ group, unit }, of, [single, batch], target),
    rowOf({ group, unit }, of, [batch, single], target),
  ];
  const latency = {
    group: `latency p99 of ${subscribers} live others that get ${steady.perSecond} events/s`,
    unit: "µs",
  } as const;
  const rows = [
    ...pair("events, nothing beside", "/s", rates, TARGET),
    ...pair("server CPU of each", "µs", counted(cpu)),
    ...pair(`events, ${subscribers} others live beside`, "/s", counted(beside)),
    ...PROCEDURES.map((procedure) => rowOf(latency, rates, [besideOf(procedure), QUIET], ratioAtMost(2))),
  ];
  return { title, rows, skipped: [] };
}

function besideOf(procedure: string): string {
  return `beside ${procedure}`;
}
