#!/usr/bin/env node
import { parseArgs } from "node:util";
import { BENCHMARKS } from "./benchmarks.js";
import { describeMachine, machineText } from "./harness/machine.js";
import { Progress } from "./harness/progress.js";
import { writeReadme } from "./harness/readme.js";
import { printReport, RESULTS, writeReport } from "./harness/report.js";
import type { Size } from "./harness/size.js";

const USAGE = `Usage: npm run bench -- [<benchmark> [part...]] [--quick | --smoke] [--write] [--results FOLDER]

Without a benchmark all are run. Every part writes its figures as JSON, and those of fanout as a chart too.

  log      the log on disk, beside raw lmdb and an append-only file;
           its parts are ${partsOf("log").join(", ")}
  fanout   events to many subscribers, beside other servers;
           its parts are ${partsOf("fanout").join(", ")}
  sdk      events through the client, beside other clients;
           its parts are ${partsOf("sdk").join(", ")}
  nats     the engine nats, beside a NATS server by itself;
           its parts are ${partsOf("nats").join(", ")}

  --quick    fewer and shorter rounds, and less data
  --smoke    hardly any, not of log: shows that everything works, and nothing else
  --write    put the figures into bench/README.md
  --results  where JSON and charts go (default: bench/results)`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean" },
    smoke: { type: "boolean" },
    write: { type: "boolean" },
    help: { type: "boolean" },
    results: { type: "string", default: RESULTS },
  },
});
const size: Size = values.smoke === true ? "smoke" : values.quick === true ? "quick" : "full";
const [only, ...parts] = positionals;
const wanted = only === undefined ? [...BENCHMARKS.keys()] : [only];
const isKnown =
  wanted.every((name) => BENCHMARKS.get(name)?.sizes.includes(size)) &&
  parts.every((part) => partsOf(only).includes(part));
// The README holds figures of whole runs only.
const mayWrite = values.write !== true || size === "full";
if (values.help === true) console.log(USAGE);
else if (!isKnown || !mayWrite) {
  console.error(USAGE);
  process.exitCode = 2;
} else
  for (const name of wanted) {
    await bench(name, parts.length > 0 ? parts : partsOf(name));
  }

async function bench(name: string, parts: readonly string[]): Promise<void> {
  const benchmark = BENCHMARKS.get(name);
  if (benchmark === undefined) throw new Error(`No benchmark "${name}"`);
  const { hasCharts } = benchmark;
  const progress = new Progress();
  for (const part of parts) {
    const machine = describeMachine();
    const outcome = await benchmark.run(part, size, progress);
    progress.end();
    const report = { benchmark: name, part, date: new Date().toISOString(), size, machine, ...outcome };
    if (part === parts[0]) console.log(`${machineText(machine)}\n`);
    printReport(report);
    console.log(`Written: ${writeReport(report, values.results, hasCharts).join(", ")}\n`);
  }
  if (values.write === true) writeReadme(name, benchmark.parts, values.results, hasCharts);
}

function partsOf(name: string | undefined): readonly string[] {
  return BENCHMARKS.get(name ?? "")?.parts ?? [];
}
