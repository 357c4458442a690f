import { setTimeout as sleep } from "node:timers/promises";
import type { Resources } from "../harness/resources.js";
import type { Contestant } from "../harness/rounds.js";
import { Audience, type AudienceOptions } from "./audience.js";
import { drained } from "./drained.js";
import type { Peer } from "./peers.js";
import { Publisher } from "./publisher.js";
import { untilQuiet } from "./quiet.js";
import type { Sample } from "./sample.js";
import type { ServerProcess } from "./server-process.js";

/** Events, deliveries and bytes of data that may be under way at a time. */
const MAX_EVENTS = 200;
const MAX_DELIVERIES = 200_000;
const MAX_SLOW_DELIVERIES = 20_000;
const MAX_BYTES = 32 * 2 ** 20;
/** The part of those that is sent at once. */
const BATCHES = 4;
/** How often a server hears that its clients are alive. */
const ALIVE_MS = 10_000;

/** What is sent to how many. */
export interface FanOutOptions extends AudienceOptions {
  readonly name?: string;
  readonly bytes: number;
  /** How long a round is: in ms, or in events. */
  readonly round: { readonly ms: number } | { readonly events: number };
  /** Events that are under way at a time. @default 200, or as few as keep deliveries and bytes within bounds */
  readonly underWay?: number;
  /** Subscribers of the same besides, which do not read. @default 0 */
  readonly stalled?: number;
}

/**
 * Keeps a server busy with events: more are sent as deliveries arrive. A round's figure is the server's
 * processor time for each delivery, in µs.
 */
export class FanOutLoad implements Contestant {
  readonly name: string;
  readonly samples: Sample[] = [];
  readonly #round: FanOutOptions["round"];
  /** Events that may be under way, and those that are sent at once. */
  readonly #window: number;
  readonly #batch: number;

  private constructor(
    peer: Peer,
    readonly server: ServerProcess,
    readonly publisher: Publisher,
    readonly audience: Audience,
    /** Those that do not read. */
    readonly stalled: Audience | undefined,
    { name = peer.name, bytes, round, underWay }: FanOutOptions,
  ) {
    this.name = name;
    this.#round = round;
    const most = Math.min(peer.isSlow === true ? MAX_SLOW_DELIVERIES : MAX_DELIVERIES, MAX_BYTES / bytes);
    this.#window = underWay ?? Math.max(BATCHES, Math.min(MAX_EVENTS, Math.floor(most / audience.perEvent)));
    this.#batch = Math.floor(this.#window / BATCHES);
  }

  /** Starts a peer's server, and subscribes to it. */
  static async open(resources: Resources, peer: Peer, options: FanOutOptions): Promise<FanOutLoad> {
    const server = await peer.start(resources);
    const audience = await Audience.open(resources, server.port, peer, options);
    const { stalled: count = 0 } = options;
    const stalled =
      count === 0
        ? undefined
        : await Audience.open(resources, server.port, peer, { ...options, subscribers: count });
    stalled?.pause();
    const publisher = await Publisher.open(resources, server.port, peer, options);
    return new FanOutLoad(peer, server, publisher, audience, stalled, options);
  }

  async round(): Promise<number> {
    this.tellAlive();
    await untilQuiet(this.server);
    const { audience, publisher } = this;
    const { delivered } = audience;
    const before = await this.server.usage();
    const alive = setInterval(() => this.tellAlive(), ALIVE_MS);
    const start = performance.now();
    const mayGoOn = this.#limit(start);
    const pump = (): void => {
      const window = this.#window * audience.perEvent;
      while (mayGoOn() && audience.due(publisher.sent + this.#batch) <= window) publisher.send(this.#batch);
    };
    audience.onDelivery = pump;
    pump();
    if ("ms" in this.#round) await sleep(this.#round.ms);
    await drained(
      audience,
      () => (mayGoOn() ? Number.POSITIVE_INFINITY : audience.due(publisher.sent)),
      pump,
    );
    const seconds = (performance.now() - start) / 1_000;
    const usage = await this.server.usage();
    clearInterval(alive);
    await this.#verify();
    const deliveries = audience.delivered - delivered;
    const cpuMicros = (usage.cpuMicros - before.cpuMicros) / deliveries;
    const residentMB = usage.residentBytes / 2 ** 20;
    this.samples.push({ cpuMicros, perSecond: deliveries / seconds, residentMB });
    return cpuMicros;
  }

  tellAlive(): void {
    for (const each of [this.audience, this.publisher, this.stalled]) each?.tellAlive();
  }

  /** Tells whether more may be sent in this round. */
  #limit(start: number): () => boolean {
    const round = this.#round;
    if ("ms" in round) return () => performance.now() < start + round.ms;
    const end = this.publisher.sent + round.events;
    return () => this.publisher.sent < end;
  }

  /** Fails unless each subscriber got exactly what was sent; waits a moment for what must not come. */
  async #verify(): Promise<void> {
    await untilQuiet(this.server);
    this.publisher.check();
    try {
      this.audience.verify(this.publisher.sent);
    } catch (error) {
      throw new Error(`${this.name}: the run is void`, { cause: error });
    }
  }
}
