import type { Resources } from "../harness/resources.js";
import type { Contestant } from "../harness/rounds.js";
import { Answers } from "./answers.js";
import { Connection } from "./connection.js";
import { markedData } from "./mark.js";
import type { Peer } from "./peers.js";
import { TOPIC, type OutgoingEvent } from "./protocols/protocol.js";
import type { Sample } from "./sample.js";
import type { ServerProcess } from "./server-process.js";

/** How long a round may take beyond its time. */
const STALL_MS = 60_000;

/** How events are produced. */
export interface ProduceOptions {
  readonly name?: string;
  /** Events of a request. */
  readonly size: number;
  /** Events that are not answered yet, at most. */
  readonly underWay: number;
  readonly bytes: number;
  /** @default TOPIC */
  readonly topic?: string;
  /** What the answer to each event has in it once. */
  readonly answer: string;
  /** How they are sent. @default as the peer's protocol publishes */
  readonly publish?: (events: readonly OutgoingEvent[], requestId: number) => Buffer;
  /** How long a round is: in ms, or in events. */
  readonly round: { readonly ms: number } | { readonly events: number };
}

/** Produces on one connection and waits for the answers. A round's figure is events per second. */
export class ProduceLoad implements Contestant {
  readonly name: string;
  readonly samples: Sample[] = [];
  readonly #server: ServerProcess;
  readonly #connection: Connection;
  readonly #options: Required<ProduceOptions>;
  #sent = 0;

  private constructor(server: ServerProcess, connection: Connection, options: Required<ProduceOptions>) {
    this.name = options.name;
    this.#server = server;
    this.#connection = connection;
    this.#options = options;
  }

  /** Connects to a peer's server, which is started where it is not given. */
  static async open(
    resources: Resources,
    peer: Peer,
    options: ProduceOptions,
    started?: ServerProcess,
  ): Promise<ProduceLoad> {
    const server = started ?? (await peer.start(resources));
    const connection = resources.keep(await Connection.open(server.port, peer.protocol));
    const { name, protocol } = peer;
    return new ProduceLoad(server, connection, { name, topic: TOPIC, publish: protocol.publish, ...options });
  }

  async round(): Promise<number> {
    this.#connection.tellAlive();
    const before = await this.#server.usage();
    const start = performance.now();
    const events = await this.#produce(start);
    const perSecond = events / ((performance.now() - start) / 1_000);
    const usage = await this.#server.usage();
    const cpuMicros = (usage.cpuMicros - before.cpuMicros) / events;
    this.samples.push({ cpuMicros, perSecond, residentMB: usage.residentBytes / 2 ** 20 });
    return perSecond;
  }

  #produce(start: number): Promise<number> {
    const { round, underWay, answer } = this.#options;
    const answers = new Answers(answer);
    const first = this.#sent;
    const sent = (): number => this.#sent - first;
    const mayGoOn = (): boolean =>
      "ms" in round ? performance.now() < start + round.ms : sent() < round.events;
    const pump = (): void => {
      while (mayGoOn() && sent() - answers.count + this.#options.size <= underWay) this.#send();
    };
    return new Promise((resolve, reject) => {
      const ms = ("ms" in round ? round.ms : 0) + STALL_MS;
      const timer = setTimeout(() => {
        reject(new Error(`${this.name}: ${answers.count} answers came to ${sent()} events`));
      }, ms);
      this.#connection.onFailure = reject;
      this.#connection.onData = (chunk) => {
        answers.take(chunk);
        pump();
        if (mayGoOn() || answers.count < sent()) return;
        clearTimeout(timer);
        resolve(sent());
      };
      pump();
    });
  }

  #send(): void {
    const { size, topic, bytes, publish } = this.#options;
    const data = (index: number): string => markedData(this.#sent + index, bytes);
    const events = Array.from({ length: size }, (_, index) => ({ topic, data: data(index) }));
    this.#connection.write(publish(events, 1 + this.#sent));
    this.#sent += size;
  }
}
