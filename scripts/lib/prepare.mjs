// What every command of the workspace does first: install what is missing, build what changed.
import { build } from "./build.mjs";
import { install } from "./install.mjs";

install();
const code = await build();
if (code !== 0) process.exit(code);
