import { setTimeout as sleep } from "node:timers/promises";
import { quantile } from "../harness/statistics.js";
import type { Resources } from "../harness/resources.js";
import type { Contestant } from "../harness/rounds.js";
import { Audience } from "./audience.js";
import { drained } from "./drained.js";
import type { Peer } from "./peers.js";
import { Publisher } from "./publisher.js";
import { untilQuiet } from "./quiet.js";
import type { Sample } from "./sample.js";
import type { ServerProcess } from "./server-process.js";

/** How many get how many. */
export interface SteadyOptions {
  readonly name?: string;
  readonly subscribers: number;
  readonly perSecond: number;
  readonly bytes: number;
  readonly roundMs: number;
}

/**
 * Sends a server events at a steady rate, one by one, and measures how long each takes to each subscriber:
 * from the write of the event until its bytes are found. A round's figure is the 99th percentile, in µs.
 */
export class SteadyLoad implements Contestant {
  readonly name: string;
  readonly samples: Sample[] = [];
  readonly #perSecond: number;
  readonly #roundMs: number;

  private constructor(
    peer: Peer,
    readonly server: ServerProcess,
    readonly publisher: Publisher,
    readonly audience: Audience,
    { name = peer.name, perSecond, roundMs }: SteadyOptions,
  ) {
    this.name = name;
    this.#perSecond = perSecond;
    this.#roundMs = roundMs;
  }

  /** Subscribes to a peer's server, which is started where it is not given. */
  static async open(
    resources: Resources,
    peer: Peer,
    options: SteadyOptions,
    started?: ServerProcess,
  ): Promise<SteadyLoad> {
    const server = started ?? (await peer.start(resources));
    const audience = await Audience.open(resources, server.port, peer, options);
    const publisher = await Publisher.open(resources, server.port, peer, options);
    return new SteadyLoad(peer, server, publisher, audience, options);
  }

  /** @param work - what goes on beside; the round lasts until it is done, and as long as it would without */
  async round(work: () => Promise<void> = () => Promise.resolve()): Promise<number> {
    const { audience, publisher, server } = this;
    audience.tellAlive();
    publisher.tellAlive();
    await untilQuiet(server);
    const { delivered } = audience;
    const before = await server.usage();
    const latencies: number[] = [];
    const sentAt: number[] = [];
    const first = publisher.sent;
    audience.onEvent = (number) => {
      latencies.push(performance.now() - (sentAt[number - first] as number));
    };
    const start = performance.now();
    let isWorking = true;
    const working = work().finally(() => {
      isWorking = false;
    });
    for (;;) {
      const now = performance.now();
      if (now >= start + this.#roundMs && !isWorking) break;
      // A timer is late at times; what it missed is sent at once, with the time when it was sent.
      const due = Math.floor(((now - start) / 1_000) * this.#perSecond) + 1;
      while (publisher.sent - first < due) {
        sentAt.push(performance.now());
        publisher.send(1);
      }
      await sleep(1);
    }
    await working;
    await drained(audience, () => audience.due(publisher.sent));
    const seconds = (performance.now() - start) / 1_000;
    const usage = await server.usage();
    await untilQuiet(server);
    publisher.check();
    audience.verify(publisher.sent);
    const deliveries = audience.delivered - delivered;
    const sorted = latencies.toSorted((a, b) => a - b);
    const micros = (share: number): number => quantile(sorted, share) * 1_000;
    const latency = { p50: micros(0.5), p99: micros(0.99), p999: micros(0.999) };
    this.samples.push({
      cpuMicros: (usage.cpuMicros - before.cpuMicros) / deliveries,
      perSecond: deliveries / seconds,
      residentMB: usage.residentBytes / 2 ** 20,
      latency,
    });
    return latency.p99;
  }
}
