import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { machineText, type Machine } from "./machine.js";
import { isMet, type Row } from "./result.js";
import { markdownTable, textTable } from "./table.js";

/** What a benchmark found. */
export interface Report {
  readonly benchmark: string;
  readonly date: string;
  readonly isQuick: boolean;
  readonly machine: Machine;
  /** Lines about what is left out on this machine. */
  readonly skipped: readonly string[];
  readonly rows: readonly Row[];
}

const bench = fileURLToPath(new URL("../../", import.meta.url));

/** Prints a report. */
export function printReport({ rows, machine, skipped }: Report): void {
  console.log(`${machineText(machine)}\n`);
  for (const [group, members] of groupsOf(rows)) console.log(`${group}\n${textTable(members)}\n`);
  for (const line of skipped) console.log(line);
}

/** Writes a report as JSON, those of quick runs beside the others; returns the file. */
export function writeJson(report: Report): string {
  mkdirSync(`${bench}results`, { recursive: true });
  const file = `${bench}results/${report.benchmark}${report.isQuick ? "-quick" : ""}.json`;
  const rows = report.rows.map((row) => ({ ...row, isMet: isMet(row) }));
  writeFileSync(file, `${JSON.stringify({ ...report, rows }, undefined, 2)}\n`);
  return file;
}

/** Puts a report's tables into the README, between the marks that are there for the benchmark. */
export function writeReadme(report: Report): void {
  const { benchmark, date, isQuick, machine, skipped, rows } = report;
  const file = `${bench}README.md`;
  const [begin, end] = [`<!-- ${benchmark}: begin -->\n`, `<!-- ${benchmark}: end -->`];
  const text = readFileSync(file, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for the benchmark "${benchmark}"`);
  const tables = groupsOf(rows).map(([group, members]) => `### ${group}\n\n${markdownTable(members)}\n`);
  const about = [
    `${date.slice(0, 10)}${isQuick ? ", a quick run" : ""}, ${machineText(machine)}.`,
    ...skipped,
  ];
  const body = `\n${about.join(" ")}\n\n${tables.join("\n")}\n`;
  writeFileSync(file, text.slice(0, from + begin.length) + body + text.slice(to));
}

function groupsOf(rows: readonly Row[]): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  return [...groups];
}
