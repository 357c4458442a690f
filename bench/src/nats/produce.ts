import { NATS, present, skippedPeers } from "../fanout/peers.js";
import { ProduceLoad } from "../fanout/produce-load.js";
import { TOPIC } from "../fanout/protocols/protocol.js";
import { RECEIPT } from "../fanout/protocols/trpc.js";
import { rowOf } from "../fanout/rows.js";
import type { Scale } from "../fanout/scale.js";
import { Resources } from "../harness/resources.js";
import type { Outcome, Row, Target } from "../harness/result.js";
import { runRounds, type Contestant } from "../harness/rounds.js";
import { ClientProcess } from "../sdk/client-process.js";
import { ClientContestant } from "../sdk/contestant.js";
import { RTMSG_NATS, startJetStream } from "./peers.js";

const UNDER_WAY = 1_000;
const BYTES = 128;
const BATCHES = "rtmsg, produceBatch of 250";
const SDK = "rtmsg, single produces of @rtmsg/client";
const DIRECT = "@nats-io/jetstream by itself";
const TARGET: Target = { of: "ratio", is: "at least", bound: 0.7 };

/** Events that are stored in JetStream, through a broker and by its own client. */
export async function benchProduce(scale: Scale): Promise<Outcome> {
  await using resources = new Resources();
  const title = `Produces into JetStream, ${BYTES} B, ${UNDER_WAY} under way`;
  const skipped = skippedPeers([NATS]);
  if (present([NATS]).length === 0) return { title, rows: [], skipped };
  const round = { ms: scale.roundMs };
  const batches = { name: BATCHES, size: 250, underWay: UNDER_WAY, bytes: BYTES, answer: RECEIPT, round };
  const client = (name: string, kind: "rtmsg" | "jetstream", port: number): Contestant => {
    const process = resources.keep(new ClientProcess({ kind, port }));
    const task = { topic: TOPIC, bytes: BYTES, underWay: UNDER_WAY, ms: scale.roundMs };
    return new ClientContestant(name, () => process.produce(task));
  };
  const broker = await RTMSG_NATS.start(resources);
  const nats = resources.keep(await startJetStream());
  const contestants = [
    await ProduceLoad.open(resources, RTMSG_NATS, batches),
    client(SDK, "rtmsg", broker.port),
    client(DIRECT, "jetstream", nats.port),
  ];
  const rates = await runRounds(contestants, { ...scale, label: title });
  const figure = { group: "events", unit: "/s" } as const;
  const rows: Row[] = [rowOf(figure, rates, [BATCHES, DIRECT], TARGET), rowOf(figure, rates, [SDK, DIRECT])];
  return { title, rows, skipped };
}
