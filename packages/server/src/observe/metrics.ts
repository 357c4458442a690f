import { EventLoopDelay } from "./event-loop-delay.js";
import type { createRegistry } from "./metrics-registry.js";
import type { MetricsSource } from "./metrics-source.js";

/** Metrics as Prometheus reads them. */
export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

/**
 * The metrics of one broker. Nothing is kept here: what was counted is read when somebody asks, so metrics that
 * nobody reads cost nothing.
 */
export class Metrics {
  readonly #source: MetricsSource;
  readonly #version: string;
  readonly #delay = new EventLoopDelay();
  #registry: Promise<ReturnType<typeof createRegistry>> | undefined;

  /**
   * @param source - the broker
   * @param version - of this server
   */
  constructor(source: MetricsSource, version: string) {
    this.#source = source;
    this.#version = version;
  }

  /** Reads all of them. */
  async read(): Promise<MetricsText> {
    this.#registry ??= this.#open();
    const registry = await this.#registry;
    return { contentType: registry.contentType, text: await registry.read() };
  }

  /** Ends what is watched. */
  close(): void {
    this.#delay.close();
  }

  async #open(): Promise<ReturnType<typeof createRegistry>> {
    // Loaded when the first one asks: most brokers that are embedded are never asked.
    const { createRegistry } = await import("./metrics-registry.js");
    return createRegistry(this.#source, this.#version, this.#delay);
  }
}
