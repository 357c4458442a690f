// `npm run demo`: installs, builds, then becomes the demo (see rtmsg.mjs).
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import "./lib/prepare.mjs";
import { root } from "./lib/run.mjs";

const main = join(root, "packages/demo/dist/main.js");
process.argv.splice(1, 1, main);
await import(pathToFileURL(main).href);
