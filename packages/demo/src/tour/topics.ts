import { defineTopics } from "@rtmsg/server";
import { z } from "zod";

/** The topics of the tour: the broker's process serves them, the tour takes their types. */
export const topics = defineTopics({
  "orders.created": z.object({ id: z.string(), total: z.number().positive(), placedAt: z.date() }),
  "orders.paid": z.object({ id: z.string() }),
  "ticks.*": z.object({ n: z.number(), filling: z.string().optional() }),
  "news.latest": { schema: z.object({ n: z.number() }), retention: { maxEvents: 3 } },
});

export type TourTopics = typeof topics;
