import { Resources } from "../harness/resources.js";
import type { Row } from "../harness/result.js";
import { runRounds, type Contestant } from "../harness/rounds.js";
import { Connection } from "./connection.js";
import { Counter, markedData } from "./mark.js";
import { RTMSG, STOCK_TRPC, type Peer } from "./peers.js";
import { produceRequest, trpcProtocol } from "./protocols/trpc.js";
import { ratioAtMost, rowOf } from "./rows.js";
import type { Scale } from "./scale.js";
import type { ServerProcess } from "./server-process.js";

const GROUP = "Single produce mutations, 128 B, 64 under way: server CPU of each";
const UNDER_WAY = 64;
/** What every answer to a `produce` has in it once. */
const ANSWER = Buffer.from('"duplicate"');

/** Compares what a mutation costs. */
export async function benchProduce(scale: Scale): Promise<Row[]> {
  await using resources = new Resources();
  const contestants: Contestant[] = [];
  for (const peer of [RTMSG, STOCK_TRPC]) contestants.push(await ProduceLoad.open(resources, peer, scale));
  const rates = await runRounds(contestants, { ...scale, label: "produce" });
  const figure = { what: RTMSG.name, unit: "µs" } as const;
  return [rowOf(GROUP, rates, figure, [RTMSG.name, STOCK_TRPC.name], ratioAtMost(0.5))];
}

class ProduceLoad implements Contestant {
  readonly #data = markedData(128);
  #requestId = 1;

  private constructor(
    readonly name: string,
    readonly server: ServerProcess,
    readonly connection: Connection,
    readonly mutations: number,
  ) {}

  static async open(resources: Resources, peer: Peer, { mutations }: Scale): Promise<ProduceLoad> {
    const server = await peer.start(resources);
    const connection = await Connection.open(server.port, trpcProtocol);
    resources.keep({ close: () => Promise.resolve(connection.close()) });
    return new ProduceLoad(peer.name, server, connection, mutations);
  }

  async round(): Promise<number> {
    const before = await this.server.usage();
    await this.#produceAll();
    const { cpuMicros } = await this.server.usage();
    return (cpuMicros - before.cpuMicros) / this.mutations;
  }

  #produceAll(): Promise<void> {
    const counter = new Counter(ANSWER);
    let sent = 0;
    const send = (count: number): void => {
      const size = Math.min(count, this.mutations - sent);
      const requests = Array.from({ length: size }, () => produceRequest(this.#data, this.#requestId++));
      this.connection.write(Buffer.concat(requests));
      sent += size;
    };
    return new Promise((resolve, reject) => {
      this.connection.onFailure = reject;
      this.connection.onData = (chunk) => {
        send(counter.take(chunk));
        if (counter.count >= this.mutations) resolve();
      };
      send(UNDER_WAY);
    });
  }
}
