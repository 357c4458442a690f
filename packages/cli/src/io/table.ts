import { showHead } from "./display.js";

/** A column of a table. */
export interface Column<Row> {
  readonly head: string;
  readonly align: "left" | "right";
  readonly text: (row: Row) => string;
}

/** The lines of a table, its columns as wide as their widest text. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const heads = columns.map(({ head }) => head);
  const cells = rows.map((row) => columns.map(({ text }) => text(row)));
  const widths = columns.map((_, index) =>
    Math.max(...[heads, ...cells].map((line) => line[index]?.length ?? 0)),
  );
  const pad = (line: readonly string[]): string =>
    line
      .map((text, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.align === "right" ? text.padStart(width) : text.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [showHead(pad(heads)), ...cells.map(pad)];
}
