import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { machineText } from "./machine.js";
import { groupsOf, readReport, type Report } from "./report.js";
import { markdownTable, rowTable, targetCells, TARGET_HEAD } from "./table.js";

const README = fileURLToPath(new URL("../../README.md", import.meta.url));

/** Puts what was found of a benchmark's parts into the README, between the marks that are there for it. */
export function writeReadme(
  benchmark: string,
  parts: readonly string[],
  folder: string,
  hasCharts: boolean,
): void {
  const [begin, end] = [`<!-- ${benchmark}: begin -->\n`, `<!-- ${benchmark}: end -->`];
  const text = readFileSync(README, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${README} has no place for the benchmark "${benchmark}"`);
  const reports = parts.flatMap((part) => readReport(benchmark, part, folder) ?? []);
  const body = [targetsOf(reports), ...reports.map((report) => sectionOf(report, hasCharts))].join("\n\n");
  writeFileSync(README, `${text.slice(0, from + begin.length)}\n${body}\n\n${text.slice(to)}`);
}

/** What was to be reached, and was or was not. */
function targetsOf(reports: readonly Report[]): string {
  const lines = reports.flatMap(({ title, rows }) => targetCells(title, rows));
  return `### Targets\n\n${markdownTable(TARGET_HEAD, lines)}`;
}

function sectionOf(
  { benchmark, part, title, date, machine, skipped, rows }: Report,
  hasChart: boolean,
): string {
  const about = [`${date.slice(0, 10)}, ${machineText(machine)}.`, ...skipped];
  const tables = groupsOf(rows).map(([group, members]) => `**${group}**\n\n${rowTable(members)}`);
  return [
    `### ${title}`,
    ...(hasChart ? [`![${title}](results/${benchmark}-${part}.svg)`] : []),
    `<details><summary>Figures</summary>`,
    about.join(" "),
    ...tables,
    "</details>",
  ].join("\n\n");
}
