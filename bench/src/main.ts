#!/usr/bin/env node
import { parseArgs } from "node:util";
import { describeMachine } from "./harness/machine.js";
import { Progress } from "./harness/progress.js";
import { printReport, writeJson, writeReadme, type Report } from "./harness/report.js";
import type { Row } from "./harness/result.js";
import { benchAppends } from "./log/appends.js";
import { benchGrowth } from "./log/growth.js";
import { benchReads } from "./log/reads.js";
import { scaleOf, type Scale } from "./log/scale.js";

const USAGE = `Usage: npm run bench -- log [part...] [--quick] [--write]

  log      the log on disk, beside raw lmdb and an append-only file;
           its parts are appends, reads and growth

  --quick  fewer and shorter rounds, a tenth of the events
  --write  put the tables into bench/README.md`;

const LOG_PARTS: Readonly<Record<string, (scale: Scale) => Promise<Row[]>>> = {
  appends: benchAppends,
  reads: benchReads,
  growth: benchGrowth,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean" }, write: { type: "boolean" }, help: { type: "boolean" } },
});
const [benchmark, ...parts] = positionals;
const unknown = parts.filter((part) => !(part in LOG_PARTS));
if (values.help === true) console.log(USAGE);
else if (benchmark !== "log" || unknown.length > 0) {
  console.error(USAGE);
  process.exitCode = 2;
} else await benchLog(parts.length > 0 ? parts : Object.keys(LOG_PARTS), values);

async function benchLog(
  wanted: readonly string[],
  { quick: isQuick = false, write = false }: { quick?: boolean | undefined; write?: boolean | undefined },
): Promise<void> {
  const machine = describeMachine();
  const progress = new Progress();
  const scale = scaleOf(isQuick, progress);
  const rows: Row[] = [];
  for (const part of wanted) rows.push(...((await LOG_PARTS[part]?.(scale)) ?? []));
  progress.end();
  const report: Report = { benchmark: "log", date: new Date().toISOString(), isQuick, machine, rows };
  printReport(report);
  // A part alone says nothing of the others.
  if (wanted.length < Object.keys(LOG_PARTS).length) return;
  console.log(`Written: ${writeJson(report)}`);
  if (write) writeReadme(report);
}
