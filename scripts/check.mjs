// `npm run check [-- <name>...]`: every check that is not a test, two at a time. Prints the output of those that
// failed, and a line for each.
import "./lib/prepare.mjs";
import { bin, node } from "./lib/run.mjs";

const checks = {
  format: [bin("prettier"), "--check", "--cache", "--log-level", "warn", "."],
  lint: [bin("oxlint"), "--type-aware", "--deny-warnings"],
  types: [bin("typescript", "tsc"), "-p", "tsconfig.tests.json"],
  layers: [
    bin("dependency-cruiser", "depcruise"),
    "--config",
    ".dependency-cruiser.mjs",
    "packages",
    "bench/src",
  ],
  unused: [bin("knip"), "--no-progress"],
  packages: ["scripts/checks/packages.mjs"],
  size: [bin("size-limit")],
  "console-size": ["scripts/checks/console-size.mjs"],
  reference: [bin("typedoc"), "--emit", "none"],
  length: ["scripts/checks/length.mjs"],
  dependencies: ["scripts/checks/dependencies.mjs"],
  places: ["scripts/checks/places.mjs"],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in checks));
if (unknown.length > 0) {
  console.error(`No check "${unknown.join('", "')}". There are: ${Object.keys(checks).join(", ")}.`);
  process.exit(2);
}

const queue = Object.keys(checks).filter((name) => wanted.length === 0 || wanted.includes(name));
const failed = [];

async function worker() {
  for (let name = queue.shift(); name; name = queue.shift()) {
    const start = performance.now();
    const { code, output } = await node(checks[name], { capture: true });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    if (code !== 0) failed.push(name);
    console.log(`${code === 0 ? "ok    " : "FAILED"}  ${name}  ${seconds} s`);
    if (code !== 0) console.log(`${output.trim()}\n`);
    else if (name === "dependencies") console.log(output.replace(/^npm warn .*\n/gm, "").trim());
  }
}

await Promise.all([worker(), worker()]);
if (failed.length > 0) console.log(`Failed: ${failed.join(", ")}. One alone: npm run check -- ${failed[0]}`);
process.exitCode = failed.length > 0 ? 1 : 0;
