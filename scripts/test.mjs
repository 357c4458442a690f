// `npm test [-- <vitest arguments>]`: installs, builds, type-checks the tests (a type test is a test that must
// compile), then runs them. `--full` adds the long ones, `*.full.test.ts`; `--fuzz` sends
// 100,000 hostile inputs and not 2,000.
import "./lib/prepare.mjs";
import { buildBench } from "./lib/build.mjs";
import { bin, node } from "./lib/run.mjs";

const args = process.argv.slice(2).filter((arg) => arg !== "--full" && arg !== "--fuzz");
const env = {
  ...(process.argv.includes("--full") && { RTMSG_FULL: "1" }),
  ...(process.argv.includes("--fuzz") && { RTMSG_FUZZ_INPUTS: "100000" }),
};

const built = await buildBench();
if (built !== 0) process.exit(built);
const types = node([bin("typescript", "tsc"), "-p", "tsconfig.tests.json"], { capture: true });
const tests = await node([bin("vitest"), "run", ...args], { env, stdout: "inherit" });
const { code, output } = await types;
if (code !== 0) console.error(`${output}\nThe tests do not type-check (tsc -p tsconfig.tests.json).`);
process.exitCode = tests.code || code;
