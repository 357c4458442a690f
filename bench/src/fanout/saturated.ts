import { Resources } from "../harness/resources.js";
import type { Row } from "../harness/result.js";
import { runRounds } from "../harness/rounds.js";
import { FanOutLoad, type FanOutOptions } from "./fan-out-load.js";
import {
  NAIVE_WS,
  NATS,
  present,
  REDIS,
  RELAY,
  RTMSG,
  RTMSG_LMDB,
  SOCKET_IO,
  STOCK_TRPC,
  type Peer,
} from "./peers.js";
import { CPU, MEMORY, RATE, ratesOf, ratioAtMost, rowOf } from "./rows.js";
import type { Scale } from "./scale.js";

const OWN_IDS = "rtmsg, own request ids";
const OTHERS = [RTMSG_LMDB, STOCK_TRPC, NAIVE_WS, SOCKET_IO, NATS, REDIS, RELAY];

/** A scenario: how much is sent to how many, and what CPU it is to take in terms of others'. */
interface Scenario extends FanOutOptions {
  readonly title: string;
  readonly bounds: Readonly<Record<string, number>>;
}

/** 1,000 subscribers of one topic, with the same request id and each with its own. */
export function benchMany(scale: Scale): Promise<Row[]> {
  const bounds = { [STOCK_TRPC.name]: 0.01, [SOCKET_IO.name]: 0.05, [NATS.name]: 0.5, [REDIS.name]: 0.6 };
  const title = "1,000 subscribers of one topic, 128 B";
  return benchSaturated({ title, subscribers: 1_000, bytes: 128, bounds }, scale);
}

/** The same with 100 subscribers. */
export function benchFew(scale: Scale): Promise<Row[]> {
  const title = "100 subscribers of one topic, 128 B";
  return benchSaturated({ title, subscribers: 100, bytes: 128, bounds: { [NATS.name]: 1 } }, scale);
}

/** The same with larger events. */
export function benchLarge(scale: Scale): Promise<Row[]> {
  const title = "1,000 subscribers of one topic, 1 KiB";
  return benchSaturated({ title, subscribers: 1_000, bytes: 1_024, bounds: { [NATS.name]: 1 } }, scale);
}

async function benchSaturated({ title, bounds, ...load }: Scenario, scale: Scale): Promise<Row[]> {
  await using resources = new Resources();
  const { progress, rounds, roundMs } = scale;
  const loads: FanOutLoad[] = [];
  const open = async (peer: Peer, options: Partial<FanOutOptions> = {}): Promise<void> => {
    progress.show(`${title}: connecting to ${options.name ?? peer.name}`);
    loads.push(await FanOutLoad.open(resources, peer, { ...load, ...options, roundMs }));
  };
  const others = present(OTHERS);
  await open(RTMSG);
  await open(RTMSG, { name: OWN_IDS, hasOwnIds: true });
  for (const peer of others) await open(peer);
  await runRounds(loads, { ...scale, label: title });

  const rows: Row[] = [];
  for (const figure of [CPU, RATE, MEMORY]) {
    const rates = ratesOf(loads, figure, rounds);
    const group = `${title}: ${figure.what}`;
    const isCpu = figure === CPU;
    const add = (name: string, other: string, bound?: number): void =>
      void rows.push(
        rowOf(group, rates, { ...figure, what: name }, [name, other], ratioAtMost(isCpu ? bound : undefined)),
      );
    for (const { name } of others.filter((peer) => peer !== RTMSG_LMDB)) add(RTMSG.name, name, bounds[name]);
    add(RTMSG_LMDB.name, RTMSG.name, 1.3);
    add(OWN_IDS, RTMSG.name);
    if (others.includes(NATS)) add(OWN_IDS, NATS.name, load.bytes === 128 ? 0.8 : undefined);
  }
  return rows;
}
