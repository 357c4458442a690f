import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chartOf } from "./chart.js";
import type { Machine } from "./machine.js";
import { isMet, type Outcome, type Row } from "./result.js";
import type { Size } from "./size.js";
import { textTable } from "./table.js";

/** What a part of a benchmark found, when and where. */
export interface Report extends Outcome {
  readonly benchmark: string;
  readonly part: string;
  readonly date: string;
  readonly size: Size;
  readonly machine: Machine;
}

/** Where reports go unless told otherwise. */
export const RESULTS = fileURLToPath(new URL("../../results", import.meta.url));

/** Prints a report. */
export function printReport({ title, rows, skipped }: Report): void {
  console.log(`== ${title}\n`);
  for (const [group, members] of groupsOf(rows)) console.log(`${group}\n${textTable(members)}\n`);
  for (const line of skipped) console.log(`${line}\n`);
}

/** Writes a report as JSON and as a chart, that of another size under another name; returns the files. */
export function writeReport(report: Report, folder: string, hasChart: boolean): string[] {
  mkdirSync(folder, { recursive: true });
  const { benchmark, part, size } = report;
  const name = join(folder, `${benchmark}-${part}${size === "full" ? "" : `-${size}`}`);
  const rows = report.rows.map((row) => ({ ...row, isMet: isMet(row) }));
  writeFileSync(`${name}.json`, `${JSON.stringify({ ...report, rows }, undefined, 2)}\n`);
  if (!hasChart) return [`${name}.json`];
  writeFileSync(`${name}.svg`, chartOf(report.title, groupsOf(report.rows)));
  return [`${name}.json`, `${name}.svg`];
}

/** What a whole run of a part found, if there was one. */
export function readReport(benchmark: string, part: string, folder: string): Report | undefined {
  const file = join(folder, `${benchmark}-${part}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Report) : undefined;
}

/** Rows by their group. */
export function groupsOf(rows: readonly Row[]): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  return [...groups];
}
