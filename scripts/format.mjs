// `npm run format`: formats every file, as `npm run check` wants it.
import { install } from "./lib/install.mjs";
import { bin, node } from "./lib/run.mjs";

install();
process.exitCode = (await node([bin("prettier"), "--write", "--cache", "--log-level", "warn", "."])).code;
