import type { BrokerStats, Rate } from "../protocol/admin.js";
import { EventLoopDelay } from "./event-loop-delay.js";
import type { MetricsSource } from "./metrics-source.js";

/** Answers within so long are the same, in ms: rates over less say little. */
const FRESH_MS = 1_000;
const MS_PER_SECOND = 1_000;

/** What only grows, as it was at one moment. */
interface Totals {
  readonly at: number;
  readonly produced: number;
  readonly delivered: number;
  readonly duplicates: number;
  readonly trimmed: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly refusals: number;
  readonly commits: number;
  readonly commitEvents: number;
  readonly commitCounts: readonly number[];
  readonly cpuMs: number;
}

/** Reads what a broker does, with rates since the reading before. Costs nothing while nobody reads. */
export class StatsReader {
  readonly #source: MetricsSource & { readonly epoch: string };
  readonly #version: string;
  readonly #delay = new EventLoopDelay();
  readonly #opened = Date.now();
  #before: Totals;
  #latest: Promise<BrokerStats> | undefined;
  #latestAt = Number.NEGATIVE_INFINITY;

  /**
   * @param source - the broker
   * @param version - of this server
   */
  constructor(source: MetricsSource & { readonly epoch: string }, version: string) {
    this.#source = source;
    this.#version = version;
    this.#before = totalsOf(source);
  }

  /** What the broker does now; at most a second old. */
  read(): Promise<BrokerStats> {
    const now = performance.now();
    if (this.#latest === undefined || now - this.#latestAt >= FRESH_MS) {
      this.#latestAt = now;
      this.#latest = this.#read();
    }
    return this.#latest;
  }

  /** Ends what is watched. */
  close(): void {
    this.#delay.close();
  }

  async #read(): Promise<BrokerStats> {
    const { telemetry, progress, engine, epoch } = this.#source;
    const log = await this.#source.usage();
    const before = this.#before;
    const now = totalsOf(this.#source);
    this.#before = now;
    const intervalMs = Math.max(1, now.at - before.at);
    const rate = (name: Exclude<keyof Totals, "at" | "commitCounts">): Rate => ({
      total: now[name],
      perSecond: ((now[name] - before[name]) * MS_PER_SECOND) / intervalMs,
    });
    const commits = rate("commits");
    const events = now.commitEvents - before.commitEvents;
    const percentile = (share: number): number | null => percentileMs(telemetry, before, now, share);
    const { rss, heapUsed } = process.memoryUsage();
    const delay = this.#delay.read();
    return {
      time: Date.now(),
      intervalMs: Math.round(intervalMs),
      server: {
        version: this.#version,
        epoch,
        engine: engine.name,
        durability: engine.durability,
        uptimeMs: Date.now() - this.#opened,
      },
      produced: rate("produced"),
      delivered: rate("delivered"),
      duplicates: rate("duplicates"),
      trimmed: rate("trimmed"),
      receivedBytes: rate("receivedBytes"),
      sentBytes: rate("sentBytes"),
      refusals: { ...rate("refusals"), byCode: Object.fromEntries(telemetry.refusals.counts()) },
      commits: {
        ...commits,
        p50Ms: percentile(0.5),
        p99Ms: percentile(0.99),
        meanEvents: now.commits === before.commits ? null : events / (now.commits - before.commits),
      },
      connections: connectionsOf(telemetry),
      subscriptions: progress,
      log,
      process: {
        cpu: (now.cpuMs - before.cpuMs) / intervalMs,
        residentBytes: rss,
        heapBytes: heapUsed,
        eventLoopDelay: {
          p50Ms: delay.p50 * MS_PER_SECOND,
          p99Ms: delay.p99 * MS_PER_SECOND,
          maxMs: delay.max * MS_PER_SECOND,
        },
      },
    };
  }
}

function totalsOf({ telemetry }: MetricsSource): Totals {
  let [produced, delivered, trimmed, refusals, receivedBytes, sentBytes] = [0, 0, 0, 0, 0, 0];
  for (const counts of telemetry.topics.all().values()) {
    produced += counts.produced;
    trimmed += counts.trimmed;
    for (const events of Object.values(counts.delivered)) delivered += events;
  }
  for (const times of telemetry.refusals.counts().values()) refusals += times;
  for (const { bytes } of telemetry.connections.byTransport().values()) {
    receivedBytes += bytes.received;
    sentBytes += bytes.sent;
  }
  const { user, system } = process.cpuUsage();
  return {
    at: performance.now(),
    produced,
    delivered,
    duplicates: telemetry.duplicates,
    trimmed,
    receivedBytes,
    sentBytes,
    refusals,
    commits: telemetry.commitSeconds.count,
    commitEvents: telemetry.commitEvents.sum,
    commitCounts: telemetry.commitSeconds.counts(),
    cpuMs: (user + system) / 1_000,
  };
}

function connectionsOf({ connections }: MetricsSource["telemetry"]): BrokerStats["connections"] {
  const byTransport: Record<string, number> = {};
  let [total, buffered] = [0, 0];
  for (const [transport, { byState, bufferedBytes }] of connections.byTransport()) {
    const open = byState.opening + byState.open + byState.closing;
    byTransport[transport] = open;
    total += open;
    buffered += bufferedBytes;
  }
  return { total, byTransport, bufferedBytes: buffered };
}

/** How long all but a share of the interval's commits took at most, within a bucket by its middle. */
function percentileMs(
  { commitSeconds }: MetricsSource["telemetry"],
  before: Totals,
  now: Totals,
  share: number,
): number | null {
  const counts = now.commitCounts.map((count, index) => count - (before.commitCounts[index] as number));
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  let left = all * share;
  const { bounds } = commitSeconds;
  const bucket = counts.findIndex((count) => (left -= count) <= 0);
  const upper = bounds[bucket] ?? bounds.at(-1) ?? 0;
  const lower = bucket === 0 ? 0 : (bounds[bucket - 1] as number);
  const inside = 1 + left / Math.max(1, counts[bucket] as number);
  return (lower + (upper - lower) * inside) * MS_PER_SECOND;
}
