import { createClient } from "@rtmsg/client";
import { printingDisplay } from "./display.js";
import { tourSteps } from "./steps.js";
import type { TourTopics } from "./topics.js";
import { TourBroker } from "./tour-broker.js";
import { walk } from "./tour.js";

/**
 * Walks through what rtmsg promises, on a broker of its own.
 *
 * @returns whether every promise held
 */
export async function runTour(): Promise<boolean> {
  await using broker = await TourBroker.start();
  await using client = createClient<TourTopics>({ url: broker.url, backoff: { baseMs: 50, maxMs: 500 } });
  console.log(`A broker runs at ${broker.url}, in a process of its own`);
  const isKept = await walk(tourSteps(broker, client), printingDisplay());
  console.log(isKept ? "\nEvery promise held." : "\nA promise did not hold.");
  return isKept;
}
