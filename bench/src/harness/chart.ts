import type { Row, Unit } from "./result.js";
import { figure } from "./table.js";

const WIDTH = 880;
const MARGIN = 16;
const LABEL_WIDTH = 190;
const BAR_HEIGHT = 14;
const LINE_HEIGHT = 22;
const TITLE_HEIGHT = 44;
const HEAD_HEIGHT = 40;
const BLOCK_GAP = 14;
/** Room for the figure beside a bar. */
const FIGURE_WIDTH = 62;
const COLUMN_GAP = 18;
/** Panels beside each other. */
const MAX_PANELS = 3;
/** The largest of what is compared may be so many times the smallest on a linear scale. */
const MAX_LINEAR = 20;

const STYLE = `
text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #57606a; }
.title { font-size: 15px; font-weight: 600; fill: #1f2328; }
.group { font-weight: 600; }
.name { text-anchor: end; }
.ours { fill: #1f2328; font-weight: 600; }
.hint { font-size: 11px; }
rect { fill: #afb8c1; }
rect.ours { fill: #0969da; }
line { stroke: #d0d7de; }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1; }
  .title, .ours { fill: #f0f6fc; }
  rect { fill: #545d68; }
  rect.ours { fill: #4493f8; }
  line { stroke: #3d444d; }
}`;

/** A figure of several, side by side. */
interface Panel {
  readonly group: string;
  readonly unit: Unit;
  /** By name, in the order in which they are shown. */
  readonly values: ReadonlyMap<string, number>;
}

/** Panels of the same names, which share their labels. */
interface Block {
  readonly names: readonly string[];
  readonly panels: Panel[];
}

/** A chart of rows by their groups, as SVG: a bar for everything that was measured, those of ours marked. */
export function chartOf(title: string, groups: readonly (readonly [string, readonly Row[]])[]): string {
  const ours = new Set(groups.flatMap(([, rows]) => rows.map(({ what }) => what)));
  const blocks: Block[] = [];
  for (const [group, rows] of groups) {
    const panel = panelOf(group, rows);
    const names = [...panel.values.keys()];
    const last = blocks.at(-1);
    const isSame = last?.names.join("\n") === names.join("\n");
    if (last !== undefined && isSame && last.panels.length < MAX_PANELS) last.panels.push(panel);
    else blocks.push({ names, panels: [panel] });
  }
  let y = TITLE_HEIGHT;
  const parts = blocks.map((block) => {
    const text = blockOf(block, y, ours);
    y += HEAD_HEIGHT + block.names.length * LINE_HEIGHT + BLOCK_GAP;
    return text;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
<text class="title" x="${MARGIN}" y="26">${escaped(title)}</text>
${parts.join("\n")}
</svg>
`;
}

/** Ours first, in the order in which they come. */
function panelOf(group: string, rows: readonly Row[]): Panel {
  const values = new Map(rows.map(({ what, value }) => [what, value]));
  for (const { other, otherValue } of rows) if (!values.has(other)) values.set(other, otherValue);
  return { group, unit: rows[0]?.unit ?? "/s", values };
}

function blockOf({ names, panels }: Block, top: number, ours: ReadonlySet<string>): string {
  const first = top + HEAD_HEIGHT;
  const labels = names.map((name, index) => {
    const kind = ours.has(name) ? "name ours" : "name";
    return `<text class="${kind}" x="${LABEL_WIDTH}" y="${first + index * LINE_HEIGHT + 12}">${escaped(name)}</text>`;
  });
  const width = (WIDTH - MARGIN - LABEL_WIDTH) / panels.length;
  const columns = panels.map((panel, index) =>
    columnOf(panel, { x: LABEL_WIDTH + COLUMN_GAP + index * width, top, width: width - COLUMN_GAP }, ours),
  );
  return [...labels, ...columns].join("\n");
}

function columnOf(
  { group, unit, values }: Panel,
  { x, top, width }: { readonly x: number; readonly top: number; readonly width: number },
  ours: ReadonlySet<string>,
): string {
  const all = [...values.values()];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const isLinear = least <= 0 || most / least <= MAX_LINEAR;
  const start = isLinear ? 0 : Math.floor(Math.log10(least)) - 0.5;
  const end = isLinear ? Math.max(most, Number.MIN_VALUE) : Math.log10(most);
  const share = (value: number): number => ((isLinear ? value : Math.log10(value)) - start) / (end - start);
  const first = top + HEAD_HEIGHT;
  const bars = [...values].map(([name, value], index) => {
    const length = Math.max(1, share(value) * (width - FIGURE_WIDTH));
    const y = first + index * LINE_HEIGHT;
    const kind = ours.has(name) ? ` class="ours"` : "";
    return (
      `<rect${kind} x="${round(x)}" y="${y + 1}" width="${round(length)}" height="${BAR_HEIGHT}" rx="2"/>` +
      `<text${kind} x="${round(x + length + 5)}" y="${y + 12}">${figure(value, unit)}</text>`
    );
  });
  const bottom = first + values.size * LINE_HEIGHT - 4;
  const hint = `${unit === "/s" ? "more" : "less"} is better${isLinear ? "" : ", log scale"}`;
  return [
    `<text class="group" x="${round(x)}" y="${top + 14}">${escaped(group)}</text>`,
    `<text class="hint" x="${round(x)}" y="${top + 29}">${hint}</text>`,
    `<line x1="${round(x)}" y1="${first - 3}" x2="${round(x)}" y2="${bottom}"/>`,
    ...bars,
  ].join("\n");
}

function round(value: number): string {
  return value.toFixed(1).replace(/\.0$/, "");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
