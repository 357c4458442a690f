import { Resources } from "../../harness/resources.js";
import type { Outcome, Row } from "../../harness/result.js";
import { runRounds, type Contestant } from "../../harness/rounds.js";
import { FanOutLoad } from "../fan-out-load.js";
import {
  AEDES,
  NAIVE_WS,
  NATS,
  REDIS,
  RTMSG,
  RTMSG_LMDB,
  RTMSG_SINGLES,
  skippedPeers,
  SOCKET_IO,
  STOCK_TRPC,
  type Peer,
} from "../peers.js";
import { CPU, MEMORY, RATE, ratesOf, ratioAtMost, rowOf } from "../rows.js";
import type { Sample } from "../sample.js";
import { takingPart, type Scale } from "../scale.js";

const OTHERS = [NAIVE_WS, STOCK_TRPC, SOCKET_IO, AEDES, NATS, REDIS];
const UNDER_WAY = 2_000;
/** Events of each topic before those that count, so that nothing comes for the first time, and those that do. */
const WARM_UPS = 3;
const ROUNDS = 3;

/** Many topics with one subscriber each, that get events in turn. */
export async function benchTopics(scale: Scale): Promise<Outcome> {
  const { topics, progress } = scale;
  const title = `${topics.count.toLocaleString("en")} topics, one subscriber each, 128 B`;
  const others = takingPart(OTHERS, scale);
  const contestants = [RTMSG, RTMSG_SINGLES, RTMSG_LMDB, ...others].map(
    (peer) => new TopicsLoad(peer, scale),
  );
  await runRounds(contestants, { rounds: topics.rounds, warmUps: 0, label: title, progress });
  const rows: Row[] = [];
  for (const figure of [CPU, RATE, MEMORY]) {
    const rates = ratesOf(contestants, figure, topics.rounds);
    const bound = figure === CPU ? 1 : undefined;
    for (const peer of others) {
      const target = ratioAtMost(peer === NAIVE_WS ? bound : undefined);
      rows.push(rowOf(figure, rates, [RTMSG.name, peer.name], target));
      if (peer === NAIVE_WS) rows.push(rowOf(figure, rates, [RTMSG_SINGLES.name, peer.name], target));
    }
    rows.push(rowOf(figure, rates, [RTMSG_LMDB.name, RTMSG.name]));
  }
  return { title, rows, skipped: skippedPeers(OTHERS) };
}

/** Starts its server for each round: connections to all of them would be more than a process may have. */
class TopicsLoad implements Contestant {
  readonly name: string;
  readonly samples: Sample[] = [];
  readonly #peer: Peer;
  readonly #scale: Scale;

  constructor(peer: Peer, scale: Scale) {
    this.name = peer.name;
    this.#peer = peer;
    this.#scale = scale;
  }

  async round(): Promise<number> {
    await using resources = new Resources();
    const { count } = this.#scale.topics;
    const topics = Array.from({ length: count }, (_, index) => `bench.events.${index}`);
    const load = await FanOutLoad.open(resources, this.#peer, {
      subscribers: topics.length,
      topics,
      bytes: 128,
      round: { events: count },
      underWay: Math.min(UNDER_WAY, count),
    });
    for (let round = 0; round < WARM_UPS + ROUNDS; round++) await load.round();
    const counted = load.samples.slice(WARM_UPS).toSorted((a, b) => a.cpuMicros - b.cpuMicros);
    const sample = counted[Math.floor(counted.length / 2)] as Sample;
    this.samples.push(sample);
    return sample.cpuMicros;
  }
}
