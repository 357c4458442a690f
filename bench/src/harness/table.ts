import { isMet, type Row, type Unit } from "./result.js";

const HEAD = ["", "rtmsg", "compared with", "", "ratio", "quartiles", "target", ""];
/** Columns of figures. */
const RIGHT: ReadonlySet<number> = new Set([1, 3, 4]);

/** Rows as a text table. */
export function textTable(rows: readonly Row[]): string {
  const cells = [HEAD, ...rows.map((row) => cellsOf(row))];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((line) => (line[column] as string).length)));
  const lines = cells.map((line) =>
    line
      .map((cell, column) => {
        const width = widths[column] as number;
        return RIGHT.has(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => "-".repeat(width)).join("  "));
  return lines.join("\n");
}

/** Rows as a Markdown table. */
export function markdownTable(rows: readonly Row[]): string {
  const lines = [HEAD, HEAD.map((_, column) => (RIGHT.has(column) ? "--:" : "---")), ...rows.map(cellsOf)];
  return lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
}

function cellsOf(row: Row): string[] {
  const { target, ratio } = row;
  const met = isMet(row);
  return [
    row.what,
    figure(row.value, row.unit),
    row.other,
    figure(row.otherValue, row.unit),
    ratio.median.toFixed(2),
    `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}`,
    target === undefined
      ? ""
      : `${target.is} ${target.of === "ratio" ? target.bound : figure(target.bound, row.unit)}`,
    met === undefined ? "" : met ? "met" : "missed",
  ];
}

function figure(value: number, unit: Unit): string {
  if (unit === "/s" && value >= 10_000) return `${(value / 1_000).toFixed(0)} k/s`;
  if (unit === "µs" && value < 10) return `${value.toFixed(2)} µs`;
  return `${value.toFixed(value < 10 ? 1 : 0)}${unit === "/s" ? "" : " "}${unit}`;
}
