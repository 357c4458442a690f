import { performance, type RecordableHistogram } from "node:perf_hooks";
import type { BrokerClient } from "../broker-client.js";
import type { Acknowledged } from "./delivery-check.js";

/** What an event of a load test carries. */
export interface BenchData {
  /** The run that it is of. */
  readonly run: string;
  readonly producer: number;
  /** Its number among those of its producer, from 0. */
  readonly sequence: number;
  /** When it was produced, in ms of this process's clock. */
  readonly at: number;
  readonly padding: string;
}

/** How a producer works. */
export interface ProducerSettings {
  readonly topic: string;
  readonly run: string;
  readonly producer: number;
  /** About how many bytes an event's data has. */
  readonly size: number;
  /** Events in one call. */
  readonly batch: number;
  /** Calls that may be under way. */
  readonly window: number;
  /** Takes how long receipts took, in microseconds. */
  readonly latency: RecordableHistogram;
}

/** Produces as fast as receipts come. */
export class BenchProducer implements Acknowledged {
  readonly failed = new Set<number>();
  readonly #client: BrokerClient;
  readonly #settings: ProducerSettings;
  readonly #padding: string;
  #next = 0;
  /** Events that were stored. */
  stored = 0;
  /** How many events failed, by what their errors' code is. */
  readonly errors = new Map<string, number>();

  constructor(client: BrokerClient, settings: ProducerSettings) {
    this.#client = client;
    this.#settings = settings;
    const { run, producer } = settings;
    const bare = JSON.stringify({ run, producer, sequence: 1_000_000, at: Date.now(), padding: "" });
    this.#padding = "x".repeat(Math.max(0, settings.size - bare.length));
  }

  get end(): number {
    return this.#next;
  }

  /** Produces until it is told to stop; resolves when everything is answered. */
  async run(signal: AbortSignal): Promise<void> {
    const lanes = Array.from({ length: this.#settings.window }, async () => {
      while (!signal.aborted) await this.#call();
    });
    await Promise.all(lanes);
  }

  async #call(): Promise<void> {
    const { topic, run, producer, batch, latency } = this.#settings;
    const first = this.#next;
    this.#next += batch;
    const at = performance.now();
    const events = Array.from({ length: batch }, (_, index) => {
      const data: BenchData = { run, producer, sequence: first + index, at, padding: this.#padding };
      return { topic, data };
    });
    try {
      const { results } = await this.#client.produceBatch.mutate({ events });
      latency.record(microseconds(performance.now() - at));
      for (const [index, result] of results.entries()) {
        if (result.ok) this.stored += 1;
        else this.#fail(first + index, result.error.code);
      }
    } catch (error) {
      const { code = "INTERNAL" } = error as { readonly code?: string };
      for (let index = 0; index < batch; index++) this.#fail(first + index, code);
    }
  }

  #fail(sequence: number, code: string): void {
    this.failed.add(sequence);
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }
}

/** A time as a histogram takes it. */
export function microseconds(ms: number): number {
  return Math.max(1, Math.round(ms * 1_000));
}
