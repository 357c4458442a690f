import { Counter, Gauge, Registry } from "prom-client";
import { CollectedHistogram } from "./collected-histogram.js";
import { CONNECTION_STATES, type OpenOfTransport } from "./connections.js";
import type { EventLoopDelay } from "./event-loop-delay.js";
import type { LogUsage, MetricsSource, SubscriberProgress } from "./metrics-source.js";
import type { TransportName } from "./transport-name.js";

/** What prom-client makes a metric of. */
type Options = ConstructorParameters<typeof Counter>[0];
type Labels = Readonly<Record<string, string>>;

/** One value of a metric. */
type Sample = readonly [value: number, labels?: Labels];

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** Its values, as they were when the reading began. */
  readonly read: (reading: Reading) => Iterable<Sample>;
}

/** What a reading looks at once, and several metrics tell of. */
interface Reading {
  readonly progress: SubscriberProgress;
  readonly connections: ReadonlyMap<TransportName, OpenOfTransport>;
  readonly usage: LogUsage;
}

/**
 * A registry of its own, whose metrics are read from the broker when they are asked for.
 *
 * @returns the registry's content type, and what reads the metrics
 */
export function createRegistry(
  source: MetricsSource,
  version: string,
  delay: EventLoopDelay,
): { readonly contentType: string; readonly read: () => Promise<string> } {
  const registry = new Registry();
  let reading: Reading | undefined;
  const collected = <T extends Counter | Gauge>(Kind: new (options: Options) => T, metric: Metric): T =>
    collectedMetric(Kind, metric, () => reading as Reading);
  const counter = (metric: Metric): void => registry.registerMetric(collected(Counter, metric));
  const gauge = (metric: Metric): void => registry.registerMetric(collected(Gauge, metric));
  const { telemetry } = source;
  gauge({
    name: "rtmsg_info",
    help: "Always 1; its labels say which server and which storage this is",
    labels: ["version", "engine", "durability"],
    read: () => [[1, { version, ...nameOf(source.engine) }]],
  });
  addEvents(counter, source);
  registry.registerMetric(
    new CollectedHistogram({
      name: "rtmsg_commit_duration_seconds",
      help: "How long commits took until they were as safe as the engine promises",
      source: telemetry.commitSeconds,
    }),
  );
  registry.registerMetric(
    new CollectedHistogram({
      name: "rtmsg_commit_events",
      help: "How many events commits had",
      source: telemetry.commitEvents,
    }),
  );
  addSubscriptions(gauge);
  addConnections(counter, gauge);
  addLog(gauge);
  addProcess(counter, gauge, delay);
  return {
    contentType: registry.contentType,
    async read() {
      const usage = await source.usage();
      reading = { progress: source.progress, connections: telemetry.connections.byTransport(), usage };
      return registry.metrics();
    },
  };
}

type Add = (metric: Metric) => void;

function addEvents(counter: Add, { telemetry }: MetricsSource): void {
  const { topics, refusals } = telemetry;
  counter({
    name: "rtmsg_events_produced_total",
    help: "Events stored through this server, by the name or pattern that their topic was declared under",
    labels: ["topic"],
    read: () => Array.from(topics.all(), ([topic, { produced }]): Sample => [produced, { topic }]),
  });
  counter({
    name: "rtmsg_events_delivered_total",
    help: "Events handed to subscribers, each subscriber counting",
    labels: ["topic", "transport"],
    read: () =>
      Array.from(topics.all(), ([topic, { delivered }]) =>
        Object.entries(delivered)
          .filter(([, events]) => events > 0)
          .map(([transport, events]): Sample => [events, { topic, transport }]),
      ).flat(),
  });
  counter({
    name: "rtmsg_events_trimmed_total",
    help: "Events that retention or an administrator removed",
    labels: ["topic"],
    read: () => Array.from(topics.all(), ([topic, { trimmed }]): Sample => [trimmed, { topic }]),
  });
  counter({
    name: "rtmsg_dedupe_hits_total",
    help: "Produces that were answered with the receipt of an earlier one of the same event id",
    read: () => [[telemetry.duplicates]],
  });
  counter({
    name: "rtmsg_refusals_total",
    help: "Calls, events and connections that were refused, by error code",
    labels: ["code"],
    read: () => Array.from(refusals.counts(), ([code, times]): Sample => [times, { code }]),
  });
}

function addSubscriptions(gauge: Add): void {
  gauge({
    name: "rtmsg_subscriptions",
    help: "Subscriptions that get events as they are committed (live), or are sent the past (catch_up)",
    labels: ["phase"],
    read: ({ progress: { live, catchingUp } }) => {
      return [
        [live, { phase: "live" }],
        [catchingUp, { phase: "catch_up" }],
      ];
    },
  });
  gauge({
    name: "rtmsg_subscription_lag_offsets",
    help: "How many offsets subscriptions are behind the log's end: all together, and the one furthest behind",
    labels: ["of"],
    read: ({ progress: { lag, maxLag } }) => {
      return [
        [lag, { of: "sum" }],
        [maxLag, { of: "max" }],
      ];
    },
  });
}

function addConnections(counter: Add, gauge: Add): void {
  gauge({
    name: "rtmsg_connections",
    help: "Connections, and HTTP requests that are being answered",
    labels: ["transport", "state"],
    read: ({ connections }) =>
      Array.from(connections, ([transport, { byState }]) =>
        CONNECTION_STATES.map((state): Sample => [byState[state], { transport, state }]),
      ).flat(),
  });
  gauge({
    name: "rtmsg_buffered_bytes",
    help: "Bytes that were written to connections and have not left yet",
    labels: ["transport"],
    read: ({ connections }) =>
      Array.from(connections, ([transport, { bufferedBytes }]): Sample => [bufferedBytes, { transport }]),
  });
  counter({
    name: "rtmsg_received_bytes_total",
    help: "Bytes received, with all that HTTP and WebSocket put around the events",
    labels: ["transport"],
    read: ({ connections }) =>
      Array.from(connections, ([transport, { bytes }]): Sample => [bytes.received, { transport }]),
  });
  counter({
    name: "rtmsg_sent_bytes_total",
    help: "Bytes sent, with all that HTTP and WebSocket put around the events",
    labels: ["transport"],
    read: ({ connections }) =>
      Array.from(connections, ([transport, { bytes }]): Sample => [bytes.sent, { transport }]),
  });
}

function addLog(gauge: Add): void {
  gauge({
    name: "rtmsg_log_events",
    help: "Events that the log keeps",
    read: ({ usage }) => [[usage.events]],
  });
  gauge({
    name: "rtmsg_log_bytes",
    help: "Bytes of the events that the log keeps, as retention counts them",
    read: ({ usage }) => [[usage.bytes]],
  });
  gauge({
    name: "rtmsg_log_topics",
    help: "Topics that have had an event",
    read: ({ usage }) => [[usage.topics]],
  });
  gauge({
    name: "rtmsg_log_file_bytes",
    help: "Bytes that the log takes on the disk; 0 where it has no files of its own",
    read: ({ usage: { fileBytes } }) => [[fileBytes ?? 0]],
  });
}

function addProcess(counter: Add, gauge: Add, delay: EventLoopDelay): void {
  gauge({
    name: "rtmsg_event_loop_delay_seconds",
    help: "How late the event loop was since the reading before",
    labels: ["of"],
    read: () => Object.entries(delay.read()).map(([of, seconds]): Sample => [seconds, { of }]),
  });
  counter({
    name: "rtmsg_process_cpu_seconds_total",
    help: "CPU time that the process took, in user and system mode",
    labels: ["mode"],
    read: () => {
      const { user, system } = process.cpuUsage();
      return [
        [user / 1_000_000, { mode: "user" }],
        [system / 1_000_000, { mode: "system" }],
      ];
    },
  });
  gauge({
    name: "rtmsg_process_memory_bytes",
    help: "Memory of the process: resident, used of the JavaScript heap, and outside of it",
    labels: ["of"],
    read: () => {
      const { rss, heapUsed, external } = process.memoryUsage();
      return [
        [rss, { of: "resident" }],
        [heapUsed, { of: "heap" }],
        [external, { of: "external" }],
      ];
    },
  });
  gauge({
    name: "rtmsg_process_start_time_seconds",
    help: "When the process started, in seconds since the Unix epoch",
    read: () => [[(Date.now() - process.uptime() * 1_000) / 1_000]],
  });
}

/** A metric of prom-client's that takes its values anew for each reading. */
function collectedMetric<T extends Counter | Gauge>(
  Kind: new (options: Options) => T,
  { name, help, labels = [], read }: Metric,
  readingNow: () => Reading,
): T {
  return new Kind({
    name,
    help,
    labelNames: [...labels],
    registers: [],
    collect() {
      this.reset();
      for (const [value, sampleLabels = {}] of read(readingNow())) this.inc(sampleLabels, value);
    },
  });
}

function nameOf({ name, durability }: MetricsSource["engine"]): { engine: string; durability: string } {
  return { engine: name, durability };
}
