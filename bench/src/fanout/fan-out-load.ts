import { setTimeout as sleep } from "node:timers/promises";
import type { Resources } from "../harness/resources.js";
import type { Contestant } from "../harness/rounds.js";
import { Connection, openSubscribers } from "./connection.js";
import { Counter, markedData } from "./mark.js";
import type { Peer } from "./peers.js";
import type { ServerProcess } from "./server-process.js";

/** Events, deliveries and bytes of data that may be under way at a time. */
const MAX_EVENTS = 200;
const MAX_DELIVERIES = 200_000;
const MAX_SLOW_DELIVERIES = 20_000;
const MAX_BYTES = 32 * 2 ** 20;
/** The part of those that is sent at once. */
const BATCHES = 4;
/** How long deliveries may come to a stop. */
const STALL_MS = 15_000;
/** How long to wait before a round, and after it for deliveries that must not come. */
const SETTLE_MS = 50;

/** What is sent to how many. */
export interface FanOutOptions {
  readonly name?: string;
  readonly subscribers: number;
  readonly bytes: number;
  readonly hasOwnIds?: boolean;
}

/** What a round of it showed. */
export interface FanOutSample {
  readonly cpuMicros: number;
  readonly perSecond: number;
  readonly residentMB: number;
}

/**
 * Keeps a server busy with events for subscribers of one topic: more are sent as deliveries arrive.
 * A round's figure is the server's processor time for each delivery, in µs.
 */
export class FanOutLoad implements Contestant {
  readonly name: string;
  readonly samples: FanOutSample[] = [];
  readonly #server: ServerProcess;
  readonly #peer: Peer;
  readonly #producer: Connection;
  readonly #connections: readonly Connection[];
  readonly #counters: readonly Counter[];
  readonly #data: string;
  readonly #roundMs: number;
  /** Deliveries that may be under way. */
  readonly #window: number;
  readonly #batch: number;
  #sent = 0;
  #delivered = 0;
  #onDelivery: () => void = () => undefined;
  #failure: Error | undefined;

  private constructor(
    peer: Peer,
    server: ServerProcess,
    producer: Connection,
    subscribers: readonly Connection[],
    { name = peer.name, bytes, roundMs }: FanOutOptions & { roundMs: number },
  ) {
    this.name = name;
    this.#peer = peer;
    this.#server = server;
    this.#producer = producer;
    this.#data = markedData(bytes);
    this.#roundMs = roundMs;
    const most = Math.min(peer.isSlow === true ? MAX_SLOW_DELIVERIES : MAX_DELIVERIES, MAX_BYTES / bytes);
    const events = Math.max(BATCHES, Math.min(MAX_EVENTS, Math.floor(most / subscribers.length)));
    this.#window = events * subscribers.length;
    this.#batch = Math.floor(events / BATCHES);
    this.#counters = subscribers.map((connection) => this.#count(connection));
    this.#connections = [producer, ...subscribers];
    for (const connection of this.#connections)
      connection.onFailure = ({ message }) => (this.#failure ??= new Error(`${name}: ${message}`));
  }

  /** Starts a peer's server, and subscribes to it. */
  static async open(
    resources: Resources,
    peer: Peer,
    options: FanOutOptions & { roundMs: number },
  ): Promise<FanOutLoad> {
    const server = await peer.start(resources);
    const { protocol } = peer;
    const { subscribers, hasOwnIds = false } = options;
    const connections = await openSubscribers(server.port, protocol, subscribers, (index) =>
      hasOwnIds ? 1_000 + index : 1,
    );
    const producer = await Connection.open(server.port, protocol);
    for (const connection of [producer, ...connections])
      resources.keep({ close: () => Promise.resolve(connection.close()) });
    return new FanOutLoad(peer, server, producer, connections, options);
  }

  async round(): Promise<number> {
    for (const connection of this.#connections) connection.tellAlive();
    await sleep(SETTLE_MS);
    const { delivered, usage } = { delivered: this.#delivered, usage: await this.#server.usage() };
    const start = performance.now();
    const end = start + this.#roundMs;
    const pump = (): void => {
      while (performance.now() < end && this.#due() + this.#batch * this.#counters.length <= this.#window)
        this.#send();
    };
    this.#onDelivery = pump;
    pump();
    await sleep(this.#roundMs);
    await this.#drain();
    const seconds = (performance.now() - start) / 1_000;
    const { cpuMicros, residentBytes } = await this.#server.usage();
    await this.#verify();
    const deliveries = this.#delivered - delivered;
    const perDelivery = (cpuMicros - usage.cpuMicros) / deliveries;
    this.samples.push({
      cpuMicros: perDelivery,
      perSecond: deliveries / seconds,
      residentMB: residentBytes / 2 ** 20,
    });
    return perDelivery;
  }

  #count(connection: Connection): Counter {
    const counter = new Counter();
    connection.onData = (chunk) => {
      this.#delivered += counter.take(chunk);
      this.#onDelivery();
    };
    return counter;
  }

  /** Deliveries that are still to come. */
  #due(): number {
    return this.#sent * this.#counters.length - this.#delivered;
  }

  #send(): void {
    this.#producer.write(this.#peer.protocol.publish(this.#data, this.#batch, 1_000_000 + this.#sent));
    this.#sent += this.#batch;
  }

  async #drain(): Promise<void> {
    let [due, stalled] = [this.#due(), performance.now()];
    while (this.#due() > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, STALL_MS);
        this.#onDelivery = () => {
          if (this.#due() > 0) return;
          clearTimeout(timer);
          resolve();
        };
      });
      if (this.#due() < due) [due, stalled] = [this.#due(), performance.now()];
      if (this.#failure !== undefined || performance.now() - stalled >= STALL_MS) break;
    }
    this.#onDelivery = () => undefined;
  }

  /** Fails unless each subscriber got exactly what was sent. */
  async #verify(): Promise<void> {
    await sleep(SETTLE_MS);
    if (this.#failure !== undefined) throw this.#failure;
    const wrong = this.#counters.find(({ count }) => count !== this.#sent);
    if (wrong === undefined) return;
    throw new Error(`${this.name}: a subscriber got ${wrong.count} events of ${this.#sent}`);
  }
}
