import { defineTopics } from "@rtmsg/client";
import { z } from "zod";

/** Characters of a message. */
export const MAX_TEXT = 280;

export const topics = defineTopics({
  "chat.launch": {
    schema: z.object({
      author: z.string().trim().min(1, "Say who you are").max(24, "A name has at most 24 characters"),
      text: z
        .string()
        .trim()
        .min(1, "Write something")
        .max(MAX_TEXT, `A message has at most ${MAX_TEXT} characters`),
    }),
    retention: { maxEvents: 10_000 },
  },
});
