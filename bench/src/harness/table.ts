import { isMet, ratioText, type Row, type Unit } from "./result.js";

const HEAD = ["", "rtmsg", "compared with", "", "ratio", "quartiles", "target", ""];
/** Columns of figures. */
const RIGHT: ReadonlySet<number> = new Set([1, 3, 4]);

/** Head of the table of targets. */
export const TARGET_HEAD = ["scenario", "", "compared with", "target", "reached", ""];

/** Rows as a text table. */
export function textTable(rows: readonly Row[]): string {
  const cells = [HEAD, ...rows.map((row) => cellsOf(row))];
  const widths = widthsOf(cells);
  const lines = cells.map((line) => aligned(line, widths, RIGHT).join("  ").trimEnd());
  lines.splice(1, 0, widths.map((width) => "-".repeat(width)).join("  "));
  return lines.join("\n");
}

/** Rows as a Markdown table. */
export function rowTable(rows: readonly Row[]): string {
  return markdownTable(HEAD, rows.map(cellsOf), RIGHT);
}

/** The cells of those rows that have a target. */
export function targetCells(title: string, rows: readonly Row[]): string[][] {
  return rows
    .filter(({ target }) => target !== undefined)
    .map((row) => {
      const isRatio = row.target?.of === "ratio";
      return [
        title,
        `${row.what}: ${row.group}`,
        isRatio ? row.other : "",
        targetText(row),
        isRatio ? ratioText(row.ratio.median) : figure(row.value, row.unit),
        metText(row),
      ];
    });
}

/** A Markdown table in columns of even width. */
export function markdownTable(
  head: readonly string[],
  lines: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string {
  const widths = widthsOf([head, ...lines]).map((width) => Math.max(3, width));
  const rule = widths.map((width, column) =>
    right.has(column) ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  return [aligned(head, widths, right), rule, ...lines.map((line) => aligned(line, widths, right))]
    .map((line) => `| ${line.join(" | ")} |`)
    .join("\n");
}

/** A figure with its unit. */
export function figure(value: number, unit: Unit): string {
  if (unit === "/s" && value >= 999_500) return `${(value / 1_000_000).toFixed(2)} M/s`;
  if (unit === "/s" && value >= 10_000) return `${(value / 1_000).toFixed(0)} k/s`;
  if (unit === "µs" && value >= 10_000) return `${(value / 1_000).toFixed(0)} ms`;
  if (unit === "µs" && value < 10) return `${value.toFixed(2)} µs`;
  return `${value.toFixed(value < 10 ? 1 : 0)}${unit === "/s" ? "" : " "}${unit}`;
}

function cellsOf(row: Row): string[] {
  const { ratio } = row;
  return [
    row.what,
    figure(row.value, row.unit),
    row.other,
    figure(row.otherValue, row.unit),
    ratioText(ratio.median),
    `${ratioText(ratio.low)} to ${ratioText(ratio.high)}`,
    targetText(row),
    metText(row),
  ];
}

function targetText({ target, unit }: Row): string {
  if (target === undefined) return "";
  return `${target.is} ${target.of === "ratio" ? target.bound : figure(target.bound, unit)}`;
}

function metText(row: Row): string {
  const met = isMet(row);
  return met === undefined ? "" : met ? "met" : "missed";
}

function widthsOf(lines: readonly (readonly string[])[]): number[] {
  const [head = []] = lines;
  return head.map((_, column) => Math.max(...lines.map((line) => (line[column] as string).length)));
}

function aligned(line: readonly string[], widths: readonly number[], right: ReadonlySet<number>): string[] {
  return line.map((cell, column) => {
    const width = widths[column] as number;
    return right.has(column) ? cell.padStart(width) : cell.padEnd(width);
  });
}
