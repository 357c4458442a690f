// `npm run bench -- <benchmark>`: installs, builds, then becomes the benchmarks (see rtmsg.mjs).
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import "./lib/prepare.mjs";
import { buildBench } from "./lib/build.mjs";
import { root } from "./lib/run.mjs";

const code = await buildBench();
if (code !== 0) process.exit(code);
const main = join(root, "bench/dist/main.js");
process.argv.splice(1, 1, main);
await import(pathToFileURL(main).href);
