// `npm start` and `npm run rtmsg -- <command>`: installs, builds, then becomes the CLI. The CLI runs in this very
// process, so that signals and exit codes are its own.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import "./lib/prepare.mjs";
import { root } from "./lib/run.mjs";

const main = join(root, "packages/cli/dist/main.js");
process.argv.splice(1, 1, main);
await import(pathToFileURL(main).href);
