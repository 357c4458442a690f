import { defineTopics } from "@rtmsg/client";
import { z } from "zod";

/** Topics that the tests share. */
export const topics = defineTopics({
  "orders.created": z.object({ id: z.string(), total: z.number() }),
  "orders.shipped": z.object({ id: z.string(), carrier: z.string() }),
  "chat.*": z.object({ text: z.string(), at: z.date().optional() }),
  "trimmed.>": { schema: z.object({ n: z.number() }), retention: { maxEvents: 1 } },
  "logs.>": z.object({ n: z.number(), text: z.string().optional() }),
});

export type TestTopics = typeof topics;
