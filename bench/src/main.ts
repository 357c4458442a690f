#!/usr/bin/env node
import { parseArgs } from "node:util";
import { BENCHMARKS } from "./benchmarks.js";
import { describeMachine } from "./harness/machine.js";
import { Progress } from "./harness/progress.js";
import { printReport, writeJson, writeReadme, type Report } from "./harness/report.js";
import type { Row } from "./harness/result.js";

const USAGE = `Usage: npm run bench -- <benchmark> [part...] [--quick] [--write]

  log      the log on disk, beside raw lmdb and an append-only file;
           its parts are appends, reads and growth
  fanout   one event to many subscribers, beside other servers;
           its parts are many, few, large, idle, growth and produce

  --quick  fewer and shorter rounds, and less data
  --write  put the tables into bench/README.md`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean" }, write: { type: "boolean" }, help: { type: "boolean" } },
});
const [name = "", ...parts] = positionals;
const known = BENCHMARKS.get(name)?.parts ?? [];
if (values.help === true) console.log(USAGE);
else if (known.length === 0 || parts.some((part) => !known.includes(part))) {
  console.error(USAGE);
  process.exitCode = 2;
} else await bench(name, parts.length > 0 ? parts : known, values);

async function bench(
  benchmark: string,
  wanted: readonly string[],
  { quick: isQuick = false, write = false }: { quick?: boolean | undefined; write?: boolean | undefined },
): Promise<void> {
  const machine = describeMachine();
  const progress = new Progress();
  const rows: Row[] = [];
  for (const part of wanted)
    rows.push(...((await BENCHMARKS.get(benchmark)?.run(part, isQuick, progress)) ?? []));
  progress.end();
  const skipped = BENCHMARKS.get(benchmark)?.skipped() ?? [];
  const report: Report = { benchmark, date: new Date().toISOString(), isQuick, machine, skipped, rows };
  printReport(report);
  // A part alone says nothing of the others.
  if (wanted.length < known.length) return;
  console.log(`Written: ${writeJson(report)}`);
  if (write) writeReadme(report);
}
