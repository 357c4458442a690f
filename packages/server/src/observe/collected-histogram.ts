import { Histogram, type MetricObjectWithValues, type MetricValueWithName } from "prom-client";
import type { PlainHistogram } from "./plain-histogram.js";

/** What is asked of a histogram that is kept elsewhere. */
export interface CollectedHistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly source: PlainHistogram;
}

/** A histogram of prom-client's whose numbers are kept in plain ones, and looked at when they are asked for. */
export class CollectedHistogram extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #source: PlainHistogram;

  constructor({ name, help, source }: CollectedHistogramOptions) {
    super({ name, help, buckets: [...source.bounds], registers: [] });
    this.#name = name;
    this.#help = help;
    this.#source = source;
  }

  override get(): ReturnType<Histogram["get"]> {
    const metric = { name: this.#name, help: this.#help, type: "histogram", values: this.#values() };
    return Promise.resolve(metric as unknown as MetricObjectWithValues<MetricValueWithName<string>>);
  }

  /** What prom-client's registry asks first. */
  getForPromString(): ReturnType<Histogram["get"]> {
    return this.get();
  }

  #values(): readonly object[] {
    const { bounds, sum, count } = this.#source;
    const counts = this.#source.counts();
    let cumulative = 0;
    const buckets = [...bounds, "+Inf"].map((le, index) => {
      cumulative += counts[index] as number;
      return { metricName: `${this.#name}_bucket`, labels: { le }, value: cumulative };
    });
    return [
      ...buckets,
      { metricName: `${this.#name}_sum`, labels: {}, value: sum },
      { metricName: `${this.#name}_count`, labels: {}, value: count },
    ];
  }
}
