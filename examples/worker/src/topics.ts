import { defineTopics } from "@rtmsg/client";
import { z } from "zod";

export const topics = defineTopics({
  "orders.created": z.object({ id: z.string(), total: z.number() }),
});
