import { FanOutLoad } from "../fanout/fan-out-load.js";
import { NATS, present, RTMSG, skippedPeers } from "../fanout/peers.js";
import { CPU, RATE, ratesOf, ratioAtMost, rowOf } from "../fanout/rows.js";
import type { Scale } from "../fanout/scale.js";
import { Resources } from "../harness/resources.js";
import type { Outcome, Row } from "../harness/result.js";
import { runRounds } from "../harness/rounds.js";
import { RTMSG_NATS, RTMSG_WITH_NATS } from "./peers.js";

const BYTES = 128;
/** Of the broker's processor time, in terms of others. */
const BOUNDS: Readonly<Record<string, number>> = { [RTMSG.name]: 1.3, [NATS.name]: 0.5 };

/** Events to many subscribers of a broker whose log is in NATS, beside one in memory, and NATS by itself. */
export async function benchFanOut(scale: Scale): Promise<Outcome> {
  await using resources = new Resources();
  const { progress, rounds, roundMs, many: subscribers } = scale;
  const title = `${subscribers.toLocaleString("en")} subscribers of one topic with the engine nats, ${BYTES} B`;
  const skipped = skippedPeers([NATS]);
  if (present([NATS]).length === 0) return { title, rows: [], skipped };
  const loads: FanOutLoad[] = [];
  for (const peer of [RTMSG_NATS, RTMSG_WITH_NATS, RTMSG, NATS]) {
    progress.show(`${title}: connecting to ${peer.name}`);
    const round = { ms: roundMs };
    loads.push(await FanOutLoad.open(resources, peer, { subscribers, bytes: BYTES, round }));
  }
  await runRounds(loads, { ...scale, label: title });
  const rows: Row[] = [];
  for (const figure of [CPU, RATE]) {
    const rates = ratesOf(loads, figure, rounds);
    for (const { name } of [RTMSG, NATS]) {
      const target = ratioAtMost(figure === CPU ? BOUNDS[name] : undefined);
      rows.push(rowOf(figure, rates, [RTMSG_NATS.name, name], target));
    }
    if (figure !== CPU) continue;
    for (const { name } of [RTMSG, NATS]) rows.push(rowOf(figure, rates, [RTMSG_WITH_NATS.name, name]));
  }
  return { title, rows, skipped };
}
