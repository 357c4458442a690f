import { z } from "zod";
import { isTopicSelection } from "../protocol/topic-name.js";

const selections = z.array(z.string().refine(isTopicSelection, "is no topic's name or pattern")).default([]);

/** Rights as tokens and token files write them down: what is left out is not allowed. */
export const rightsShape = {
  produce: selections,
  subscribe: selections,
  admin: z.boolean().default(false),
};
