import { Resources } from "../../harness/resources.js";
import type { Outcome, Row } from "../../harness/result.js";
import { runRounds } from "../../harness/rounds.js";
import { FanOutLoad, type FanOutOptions } from "../fan-out-load.js";
import {
  AEDES,
  NAIVE_WS,
  NATS,
  present,
  REDIS,
  RELAY,
  RTMSG,
  RTMSG_LMDB,
  skippedPeers,
  SOCKET_IO,
  STOCK_TRPC,
  type Peer,
} from "../peers.js";
import { CPU, MEMORY, RATE, ratesOf, ratioAtMost, rowOf } from "../rows.js";
import { takingPart, type Scale } from "../scale.js";

const OWN_IDS = "rtmsg, own request ids";
const OTHERS = [NAIVE_WS, STOCK_TRPC, SOCKET_IO, AEDES, NATS, REDIS, RELAY];

/** A scenario: how much is sent to how many, and what CPU it is to take in terms of others'. */
interface Scenario {
  readonly subscribers: number;
  readonly bytes: number;
  readonly others: readonly Peer[];
  readonly bounds: Readonly<Record<string, number>>;
  /** The same for subscribers that have request ids of their own. */
  readonly ownIdsBounds?: Readonly<Record<string, number>>;
}

/** 1,000 subscribers of one topic, with the same request id and each with its own. */
export function benchMany(scale: Scale): Promise<Outcome> {
  const bounds = { [STOCK_TRPC.name]: 0.01, [SOCKET_IO.name]: 0.05, [NATS.name]: 0.5, [REDIS.name]: 0.6 };
  const ownIdsBounds = { [NATS.name]: 0.8 };
  // Always every peer, so that a smoke test has met each.
  const others = present(OTHERS);
  return benchSaturated({ subscribers: scale.many, bytes: 128, others, bounds, ownIdsBounds }, scale);
}

/** The same with 100 subscribers. */
export function benchFew(scale: Scale): Promise<Outcome> {
  const others = takingPart(OTHERS, scale);
  return benchSaturated({ subscribers: scale.few, bytes: 128, others, bounds: { [NATS.name]: 1 } }, scale);
}

/** The same with larger events. */
export function benchLarge(scale: Scale): Promise<Outcome> {
  const others = takingPart(OTHERS, scale);
  return benchSaturated({ subscribers: scale.many, bytes: 1_024, others, bounds: { [NATS.name]: 1 } }, scale);
}

async function benchSaturated(scenario: Scenario, scale: Scale): Promise<Outcome> {
  await using resources = new Resources();
  const { subscribers, bytes, others, bounds, ownIdsBounds = {} } = scenario;
  const { progress, rounds, roundMs } = scale;
  const title = `${subscribers.toLocaleString("en")} subscribers of one topic, ${bytes === 1_024 ? "1 KiB" : `${bytes} B`}`;
  const loads: FanOutLoad[] = [];
  const open = async (peer: Peer, options: Partial<FanOutOptions> = {}): Promise<void> => {
    progress.show(`${title}: connecting to ${options.name ?? peer.name}`);
    const round = { ms: roundMs };
    loads.push(await FanOutLoad.open(resources, peer, { subscribers, bytes, round, ...options }));
  };
  await open(RTMSG);
  await open(RTMSG, { name: OWN_IDS, hasOwnIds: true });
  await open(RTMSG_LMDB);
  for (const peer of others) await open(peer);
  await runRounds(loads, { ...scale, label: title });

  const rows: Row[] = [];
  for (const figure of [CPU, RATE, MEMORY]) {
    const rates = ratesOf(loads, figure, rounds);
    const add = (name: string, other: string, bound?: number): void =>
      void rows.push(rowOf(figure, rates, [name, other], ratioAtMost(figure === CPU ? bound : undefined)));
    for (const { name } of others) add(RTMSG.name, name, bounds[name]);
    for (const { name } of others) if (name in ownIdsBounds) add(OWN_IDS, name, ownIdsBounds[name]);
    add(OWN_IDS, RTMSG.name);
    add(RTMSG_LMDB.name, RTMSG.name, 1.3);
  }
  return { title, rows, skipped: skippedPeers(OTHERS) };
}
