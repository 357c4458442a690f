// What a browser fetches for the console, compressed as it is served.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/run.mjs";

/** Most bytes of all files of a kind, gzipped. */
const BUDGETS = { js: 86_000, css: 10_000 };

const folder = join(root, "packages/server/console/console");
if (!existsSync(folder)) throw new Error("The console is not built: npm run build");
for (const [kind, budget] of Object.entries(BUDGETS)) {
  const bytes = readdirSync(folder)
    .filter((file) => file.endsWith(`.${kind}.gz`))
    .reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  if (bytes > 0 && bytes <= budget) continue;
  console.error(`The console's .${kind} is ${bytes} bytes, gzipped, and its budget is ${budget}`);
  process.exitCode = 1;
}
