#!/usr/bin/env node
import { setTimeout } from "node:timers/promises";
import { readOptions, USAGE, type DemoOptions } from "./options.js";

// Importing this module, with process.argv set, is running the demo.
try {
  await run(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function run(options: DemoOptions): Promise<void> {
  switch (options.mode) {
    case "help":
      console.log(USAGE);
      return;
    case "orders":
      await import("./orders.js");
      return;
    case "tour": {
      const { runTour } = await import("./tour/run-tour.js");
      if (!(await runTour())) process.exitCode = 1;
      return;
    }
    default:
      await runClient(options);
  }
}

async function runClient({ mode, url, follow }: DemoOptions): Promise<void> {
  const { useBroker } = await import("./use-broker.js");
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  await using broker = await useBroker(url);
  if (mode === "raw") {
    const { runRawClient } = await import("./raw-client.js");
    await runRawClient(broker.url, { signal: stop.signal });
  } else {
    const { runTestClient } = await import("./test-client.js");
    await runTestClient(broker.url, { follow, signal: stop.signal });
  }
  // npm passes a Ctrl-C on that the terminal has already sent; the second must not meet a process that ends.
  if (stop.signal.aborted) await setTimeout(200);
}
