import { randomBytes } from "node:crypto";
import { Command } from "commander";
import { describeBench } from "../bench/bench-view.js";
import { BenchRun, type BenchReport } from "../bench/bench-run.js";
import { withClient } from "../broker-client.js";
import { CliError } from "../cli-error.js";
import { LiveView } from "../io/live-view.js";
import { note } from "../io/notes.js";
import { stdout } from "../io/output.js";
import { listenForStop } from "../io/signals.js";
import { requireBroker } from "../reach.js";
import { urlOption } from "../url-option.js";
import type { Urls } from "../urls.js";
import { numberFrom, parseTopicName } from "../values.js";

interface BenchFlags {
  readonly topic?: string;
  readonly producers: number;
  readonly subscribers: number;
  readonly size: number;
  readonly batch: number;
  readonly window: number;
  readonly duration: number;
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly url: Urls;
}

/** `rtmsg bench`. */
export function benchCommand(): Command {
  return new Command("bench")
    .description("Put load on a broker, and check that every subscriber gets all of it.")
    .option("--producers <n>", "connections that produce", numberFrom("--producers", 1, 10_000), 1)
    .option("--subscribers <n>", "connections that subscribe", numberFrom("--subscribers", 0, 10_000), 1)
    .option("--size <bytes>", "size of an event's data", numberFrom("--size", 1, 1_000_000), 128)
    .option("--batch <n>", "events in one call", numberFrom("--batch", 1, 1_000), 1)
    .option("--window <n>", "calls that each producer has under way", numberFrom("--window", 1, 10_000), 64)
    .option("-d, --duration <seconds>", "how long to produce", numberFrom("--duration", 1, 86_400), 10)
    .option("--topic <name>", "the topic (default: one of its own)", parseTopicName)
    .option("--keep", "leave the events in the log")
    .option("--json", "print the summary as JSON")
    .addOption(urlOption())
    .addHelpText(
      "after",
      `
On a terminal the rates are shown as it goes. Receipt is the time from a call
to its answer, delivery that from the call to the subscriber. All clients run
in this one process, which needs a core of its own: on the broker's machine the
two share what there is. npm run bench measures the broker beside others.

Exits with 1 when an event is lost, comes twice, or out of order, or is refused.
The events are removed at the end where the token may administer the broker.

Examples:
  rtmsg bench
  rtmsg bench --producers 4 --subscribers 100 --duration 30
  rtmsg bench --batch 100 --size 1000 --json --url staging:3030`,
    )
    .action(bench);
}

async function bench(flags: BenchFlags): Promise<void> {
  const { url, duration, keep, topic = `bench.${randomBytes(4).toString("hex")}` } = flags;
  using stop = listenForStop();
  const reached = await requireBroker(url);
  const report = await runBench({ ...flags, url: reached, topic, durationMs: duration * 1_000 }, stop.signal);
  if (keep !== true && flags.topic === undefined) await removeEvents(url, topic);
  const { producers, subscribers, size, batch } = flags;
  if (flags.json === true) {
    await stdout.line(JSON.stringify({ url: url.join(","), producers, subscribers, size, batch, ...report }));
  } else {
    const what = `${producers} producing, ${subscribers} subscribed, ${size} bytes, ${batch} in a call`;
    await stdout.line(`${what}, ${(report.ms / 1_000).toFixed(1)} s`);
    for (const line of describeBench(report)) await stdout.line(line);
  }
  throwFaults(report);
}

type RunSettings = ConstructorParameters<typeof BenchRun>[0];

async function runBench(settings: RunSettings, signal: AbortSignal): Promise<BenchReport> {
  await using run = new BenchRun(settings);
  await run.start();
  using view = new LiveView(() => {
    const report = run.report();
    const seconds = `${Math.floor(report.ms / 1_000)} of ${settings.durationMs / 1_000} s`;
    return [`Load on ${settings.url.join(", ")}, ${seconds}; Ctrl-C ends it`, ...describeBench(report)];
  });
  await run.produce(signal);
  view.clear();
  return run.report();
}

/** Removes what the load test has left, if it may. */
async function removeEvents(url: Urls, topic: string): Promise<void> {
  await withClient(url, (client) => client.admin.deleteTopic.mutate({ topic })).catch((error: unknown) => {
    const { code } = error as { readonly code?: string };
    note(`The events are still in topic ${topic} (${code ?? "it could not be removed"})`);
  });
}

function throwFaults({ lost, doubled, reordered, errors }: BenchReport): void {
  const refused = Object.values(errors).reduce((sum, events) => sum + events, 0);
  if (lost + doubled + reordered + refused === 0) return;
  throw new CliError(
    `Not every event came as it should: ${lost} lost, ${doubled} doubled, ${reordered} out of order, ${refused} refused`,
  );
}
