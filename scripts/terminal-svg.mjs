// Turns what is on a terminal into a picture, for the docs: `tmux capture-pane -p -e | node scripts/terminal-svg.mjs
// "the title" > docs/images/name.svg`. It knows what the command line prints: the 16 colours, bold and dim.
import { text } from "node:stream/consumers";

const COLORS = ["#5c6370", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#dcdfe4"];
const [BACKGROUND, BAR, FOREGROUND] = ["#1e2127", "#2c313a", "#dcdfe4"];
const [CELL, LINE, MARGIN, TOP] = [8.4, 19, 16, 44];

const escapeXml = (part) => part.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);

/** The spans of a line: its text, cut where the style changes. */
function spansOf(line, style) {
  const spans = [];
  let column = 0;
  // oxlint-disable-next-line no-control-regex
  for (const part of line.split(/(\u001B\[[\d;]*m)/)) {
    // oxlint-disable-next-line no-control-regex
    const codes = /^\u001B\[([\d;]*)m$/.exec(part)?.[1];
    if (codes === undefined) {
      if (part.length > 0) spans.push({ text: part, column, ...style });
      column += [...part].length;
      continue;
    }
    for (const code of codes.split(";").map(Number)) {
      if (code === 0) Object.assign(style, { color: undefined, bold: false, dim: false });
      else if (code === 1) style.bold = true;
      else if (code === 2) style.dim = true;
      else if (code === 22) Object.assign(style, { bold: false, dim: false });
      else if (code === 39) style.color = undefined;
      else if (code >= 30 && code < 38) style.color = COLORS[code - 30];
      else if (code >= 90 && code < 98) style.color = COLORS[code - 90];
    }
  }
  return spans;
}

const title = process.argv[2] ?? "";
const lines = (await text(process.stdin)).replace(/\s+$/, "").split("\n");
const style = { color: undefined, bold: false, dim: false };
const rows = lines.map((line) => spansOf(line.trimEnd(), style));
const columns = Math.max(
  60,
  ...rows.map((spans) => Math.max(0, ...spans.map((s) => s.column + [...s.text].length))),
);
const [width, height] = [Math.ceil(columns * CELL + 2 * MARGIN), TOP + lines.length * LINE + MARGIN];

const drawn = rows.flatMap((spans, row) =>
  spans.map(({ text: part, column, color, bold, dim }) => {
    const x = (MARGIN + column * CELL).toFixed(1);
    const look = `fill="${color ?? FOREGROUND}"${bold ? ' font-weight="bold"' : ""}${dim ? ' opacity="0.6"' : ""}`;
    const length = ([...part].length * CELL).toFixed(1);
    return `<text x="${x}" y="${TOP + row * LINE + 10}" textLength="${length}" ${look}>${escapeXml(part)}</text>`;
  }),
);
process.stdout.write(
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escapeXml(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>
<path d="M0 8a8 8 0 0 1 8-8h${width - 16}a8 8 0 0 1 8 8v20H0z" fill="${BAR}"/>
<text x="${width / 2}" y="19" text-anchor="middle" fill="#9da5b4" font-family="monospace" font-size="12">${escapeXml(title)}</text>
<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">
${drawn.join("\n")}
</g>
</svg>
`,
);
