import { randomBytes } from "node:crypto";
import { createHistogram, performance, type RecordableHistogram } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { openClient, type BrokerClient } from "../broker-client.js";
import { startingAt, type Urls } from "../urls.js";
import { BenchProducer, microseconds, type BenchData } from "./bench-producer.js";
import { DeliveryCheck, type Faults } from "./delivery-check.js";

/** What a load test does. */
export interface BenchSettings {
  readonly url: Urls;
  readonly topic: string;
  readonly producers: number;
  readonly subscribers: number;
  /** About how many bytes an event's data has. */
  readonly size: number;
  /** Events in one call. */
  readonly batch: number;
  /** Calls that each producer may have under way. */
  readonly window: number;
  /** How long it produces, in ms. */
  readonly durationMs: number;
}

/** Times, in ms. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** How a load test goes, or how it went. */
export interface BenchReport extends Faults {
  /** How long it has produced, in ms. */
  readonly ms: number;
  /** Events that were stored. */
  readonly produced: number;
  /** Events that subscribers got. */
  readonly delivered: number;
  /** The same, a second. */
  readonly producedPerSecond: number;
  readonly deliveredPerSecond: number;
  /** From the call to its receipts. */
  readonly receipt: Latency;
  /** From the call to the subscriber. */
  readonly delivery: Latency;
  /** Events that were refused, by error code. */
  readonly errors: Readonly<Record<string, number>>;
}

/** How long nothing may come before what is still missing counts as lost, in ms. */
const SILENCE_MS = 5_000;

/** A load test: producers, subscribers, and a check that each of them gets all of it once, in order. */
export class BenchRun implements AsyncDisposable {
  readonly #settings: BenchSettings;
  readonly #run = randomBytes(6).toString("hex");
  readonly #clients: BrokerClient[] = [];
  readonly #producers: BenchProducer[] = [];
  readonly #checks: DeliveryCheck[] = [];
  readonly #receipt = createHistogram();
  readonly #delivery = createHistogram();
  #failure: { readonly error: unknown } | undefined;
  #startedAt = 0;
  #endedAt: number | undefined;

  constructor(settings: BenchSettings) {
    this.#settings = settings;
  }

  /** Connects, and subscribes; resolves when every subscription has started. */
  async start(): Promise<void> {
    const { topic, producers, subscribers, size, batch, window } = this.#settings;
    const starts: Promise<void>[] = [];
    for (let index = 0; index < subscribers; index++) {
      const check = new DeliveryCheck(producers);
      this.#checks.push(check);
      const client = await this.#open();
      starts.push(
        new Promise((resolve) => {
          void this.#subscribe(client, topic, check, resolve).catch((error: unknown) => {
            this.#failure ??= { error };
            resolve();
          });
        }),
      );
    }
    await Promise.all(starts);
    this.#throwFailure();
    for (let producer = 0; producer < producers; producer++) {
      const settings = { topic, run: this.#run, producer, size, batch, window, latency: this.#receipt };
      this.#producers.push(new BenchProducer(await this.#open(), settings));
    }
  }

  /** Produces for as long as was asked for, or until a signal, and waits for what is still to come. */
  async produce(signal: AbortSignal): Promise<void> {
    this.#startedAt = performance.now();
    const end = new AbortController();
    const stop = (): void => end.abort();
    // Not AbortSignal.timeout: joined with another signal, it may be collected before its time.
    const timer = setTimeout(stop, this.#settings.durationMs);
    signal.addEventListener("abort", stop);
    await Promise.all(this.#producers.map((producer) => producer.run(end.signal)));
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    this.#endedAt = performance.now();
    let received = -1;
    let silentSince = performance.now();
    for (;;) {
      this.#throwFailure();
      if (this.#faults().lost === 0) return;
      const now = this.#received();
      if (now !== received) silentSince = performance.now();
      else if (performance.now() - silentSince > SILENCE_MS) return;
      received = now;
      await delay(50);
    }
  }

  /** How it goes. */
  report(): BenchReport {
    const ms = Math.max(1, (this.#endedAt ?? performance.now()) - this.#startedAt);
    const produced = this.#producers.reduce((sum, { stored }) => sum + stored, 0);
    const delivered = this.#received();
    const errors: Record<string, number> = {};
    for (const producer of this.#producers) {
      for (const [code, events] of producer.errors) errors[code] = (errors[code] ?? 0) + events;
    }
    return {
      ms: Math.round(ms),
      produced,
      delivered,
      producedPerSecond: Math.round((produced / ms) * 1_000),
      deliveredPerSecond: Math.round((delivered / ms) * 1_000),
      receipt: latencyOf(this.#receipt),
      delivery: latencyOf(this.#delivery),
      errors,
      ...this.#faults(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Which ends their subscriptions.
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  async #open(): Promise<BrokerClient> {
    const { url } = this.#settings;
    // Spread over the brokers, as a load balancer would.
    const client = await openClient(startingAt(url, this.#clients.length % url.length));
    this.#clients.push(client);
    return client;
  }

  async #subscribe(
    client: BrokerClient,
    topic: string,
    check: DeliveryCheck,
    onStart: () => void,
  ): Promise<void> {
    for await (const item of client.subscribe({ topic, marks: true })) {
      if ("type" in item) {
        onStart();
        continue;
      }
      const data = item.data as Partial<BenchData> | null;
      if (data?.run !== this.#run) continue;
      const { producer = -1, sequence = 0, at = 0 } = data;
      check.add(producer, sequence, item.offset);
      this.#delivery.record(microseconds(performance.now() - at));
    }
  }

  #received(): number {
    return this.#checks.reduce((sum, { received }) => sum + received, 0);
  }

  #faults(): Faults {
    const total = { lost: 0, doubled: 0, reordered: 0 };
    for (const check of this.#checks) {
      const { lost, doubled, reordered } = check.faults(this.#producers, this.#endedAt !== undefined);
      total.lost += lost;
      total.doubled += doubled;
      total.reordered += reordered;
    }
    return total;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

function latencyOf(histogram: RecordableHistogram): Latency {
  if (histogram.count === 0) return { p50: 0, p99: 0, max: 0 };
  const ms = (microseconds: number): number => Math.round(microseconds / 10) / 100;
  return { p50: ms(histogram.percentile(50)), p99: ms(histogram.percentile(99)), max: ms(histogram.max) };
}
