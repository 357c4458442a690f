import { keystrokeIsOver } from "./io/signals.js";
import { run } from "./run.js";

// A log that nobody reads any more is no reason to stop serving.
process.stderr.on("error", () => undefined);

// Nothing is exported: importing this module, with process.argv set, is running the command.
process.exitCode = await run(process.argv.slice(2));
await keystrokeIsOver();

// What a topics module left open, or a reader of standard input, must not keep a finished command alive.
setTimeout(() => process.exit(), 500).unref();
