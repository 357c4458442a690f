import { bytes, count, short, span } from "../figures.js";
import { ErrorNotice } from "../ui/notice.js";
import { PageHead } from "../ui/page-head.js";
import { Chart, type Line } from "./chart.js";
import { statsFeed, type Stats } from "./stats-feed.js";

const perSecond = (value: number): string => `${short(value)}/s`;
const bytesPerSecond = (value: number): string => `${bytes(value)}/s`;
const milliseconds = (value: number): string => `${short(value)} ms`;

const EVENTS: readonly Line[] = [
  { name: "In", colour: "--accent", value: ({ produced }) => produced.perSecond },
  { name: "Out", colour: "--v-number", value: ({ delivered }) => delivered.perSecond },
];
const BYTES: readonly Line[] = [
  { name: "In", colour: "--accent", value: ({ receivedBytes }) => receivedBytes.perSecond },
  { name: "Out", colour: "--v-number", value: ({ sentBytes }) => sentBytes.perSecond },
];
const COMMITS: readonly Line[] = [
  { name: "Half within", colour: "--accent", value: ({ commits }) => commits.p50Ms },
  { name: "99% within", colour: "--v-date", value: ({ commits }) => commits.p99Ms },
];
const CONNECTIONS: readonly Line[] = [
  { name: "Connections", colour: "--accent", value: ({ connections }) => connections.total },
  { name: "Subscribers", colour: "--v-number", value: (stats) => subscribersOf(stats) },
];
const LAG: readonly Line[] = [
  { name: "Furthest behind", colour: "--v-date", value: ({ subscriptions }) => subscriptions.maxLag },
  { name: "All together", colour: "--v-number", value: ({ subscriptions }) => subscriptions.lag },
];
const LOG: readonly Line[] = [
  { name: "Events", colour: "--accent", value: ({ log }) => log.bytes },
  { name: "On disk", colour: "--v-boolean", value: ({ log }) => log.fileBytes },
];

/** What the broker does, as it does it. */
export function OverviewPage() {
  const samples = statsFeed.samples.value;
  const stats = samples.findLast((sample) => sample.stats !== undefined)?.stats;
  const error = statsFeed.error.value;
  return (
    <div class="overview-page">
      <PageHead title="Overview" below={stats === undefined ? "Asking the broker…" : summaryOf(stats)} />
      {error !== undefined && <ErrorNotice error={error} />}
      {stats !== undefined && (
        <>
          <Tiles stats={stats} />
          <div class="charts">
            <Chart title="Events" lines={EVENTS} format={perSecond} least={5} />
            <Chart title="Commit latency" lines={COMMITS} format={milliseconds} least={2} />
            <Chart title="Connections" lines={CONNECTIONS} format={short} least={4} />
            <Chart title="Lag, in offsets" lines={LAG} format={short} least={10} />
            <Chart title="Traffic" lines={BYTES} format={bytesPerSecond} least={1_024} isBinary />
            <Chart title="Log size" lines={LOG} format={bytes} least={65_536} isBinary />
          </div>
        </>
      )}
    </div>
  );
}

function subscribersOf({ subscriptions }: Stats): number {
  return subscriptions.live + subscriptions.catchingUp;
}

function summaryOf({ server, process, log }: Stats): string {
  const load = `${Math.round(process.cpu * 100)}% of a core, ${bytes(process.residentBytes)}`;
  const topics = `${count(log.topics)} ${log.topics === 1 ? "topic" : "topics"}`;
  return `${server.engine}, ${server.durability} · ${topics} · up for ${span(server.uptimeMs)} · ${load}`;
}

function Tiles({ stats }: { readonly stats: Stats }) {
  const { produced, delivered, commits, connections, subscriptions, log, refusals } = stats;
  return (
    <dl class="tiles">
      <Tile
        name="Events in"
        value={perSecond(produced.perSecond)}
        below={`${count(produced.total)} so far`}
      />
      <Tile
        name="Events out"
        value={perSecond(delivered.perSecond)}
        below={`${count(delivered.total)} so far`}
      />
      <Tile
        name="Commits"
        value={commits.p99Ms === null ? "–" : milliseconds(commits.p99Ms)}
        below={commits.p99Ms === null ? "none just now" : "99% within that"}
      />
      <Tile
        name="Connections"
        value={count(connections.total)}
        below={`${count(subscribersOf(stats))} subscribers`}
      />
      <Tile
        name="Lag"
        value={short(subscriptions.maxLag)}
        tone={subscriptions.catchingUp > 0 ? "busy" : undefined}
        below={
          subscriptions.catchingUp > 0 ? `${count(subscriptions.catchingUp)} catching up` : "all are live"
        }
      />
      <Tile name="Log" value={bytes(log.bytes)} below={`${short(log.events)} events`} />
      <Tile
        name="Refused"
        value={perSecond(refusals.perSecond)}
        tone={refusals.perSecond > 0 ? "bad" : undefined}
        below={mostRefused(refusals) ?? "nothing so far"}
      />
    </dl>
  );
}

/** The code that was refused with most often. */
function mostRefused({ byCode }: Stats["refusals"]): string | undefined {
  const [first] = Object.entries(byCode).toSorted(([, one], [, other]) => other - one);
  return first === undefined ? undefined : `${count(first[1])} ${first[0]}`;
}

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly below: string;
  readonly tone?: "busy" | "bad" | undefined;
}

function Tile({ name, value, below, tone }: TileProps) {
  return (
    <div class="card tile">
      <dt>{name}</dt>
      <dd class={`tile-value ${tone ?? ""}`}>{value}</dd>
      <dd class="tile-below">{below}</dd>
    </div>
  );
}
