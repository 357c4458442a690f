import { defineTopics } from "@rtmsg/server";
import { z } from "zod";

/** What the broker declares, somewhere else: the app has never seen it. */
export const topics = defineTopics({
  "flights.departed": z
    .object({
      flight: z.string().describe("Carrier and number, such as LH123"),
      at: z.date(),
      passengers: z.bigint(),
      gate: z.string().optional(),
    })
    .describe("A plane has left its gate"),
  "weather.*": z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("wind"), knots: z.number() }),
    z.object({ kind: z.literal("rain"), hours: z.array(z.number()) }),
  ]),
});
