// A file of more than 400 lines has more than one subject. The ones listed are long for a reason.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFiles } from "../lib/files.mjs";
import { root } from "../lib/run.mjs";

const limit = 400;
const allowed = new Set([]);

const long = projectFiles()
  .filter((file) => /\.(ts|tsx|mjs|js|css)$/.test(file) && !allowed.has(file))
  .map((file) => ({ file, lines: readFileSync(join(root, file), "utf8").split("\n").length - 1 }))
  .filter(({ lines }) => lines > limit);

for (const { file, lines } of long) console.error(`${file}: ${lines} lines, the limit is ${limit}`);
process.exitCode = long.length > 0 ? 1 : 0;
