import { z } from "zod";
import { defineTopics } from "../../src/topics/index.js";
import { recordingLogger, serve, type LogLine } from "../support/serve.js";

const SECRET = "the password is swordfish";

const topics = defineTopics({
  orders: z.object({ id: z.string(), total: z.number() }),
  brief: { schema: z.number(), retention: { maxEvents: 1 } },
  any: z.unknown(),
  "many.*": z.unknown(),
  broken: z.unknown().refine(() => {
    throw new Error(SECRET);
  }),
  "broken.later": z.unknown().refine(async () => {
    await Promise.resolve();
    throw new Error(SECRET);
  }),
});

/** A server in which every error can be provoked, and what it logged. */
export interface Fixture {
  readonly url: string;
  readonly epoch: string;
  readonly log: readonly LogLine[];
  /** Takes no more produces. */
  readonly drain: () => void;
}

/**
 * Starts it: `brief` has had events 1 to 3 and keeps the last, `any` has event 4 with the id `used`,
 * and with `many.a` there are as many topics as there may be.
 */
export async function errorFixture(): Promise<Fixture> {
  const logger = recordingLogger();
  const { url, broker } = await serve({
    topics,
    logger,
    limits: { eventBytes: 1_000, frameBytes: 10_000, topics: 3 },
  });
  for (const data of [1, 2, 3]) await broker.produce({ topic: "brief", data });
  await broker.produce({ topic: "any", data: "first", id: "used" });
  await broker.produce({ topic: "many.a", data: 1 });
  return { url, epoch: broker.epoch, log: logger.lines, drain: () => void broker.drain() };
}

/** Whether a text tells what no client may see. */
export function tellsSecrets(text: string): boolean {
  return text.includes("swordfish") || /\bat .*\.(ts|js|mjs):\d+/.test(text) || text.includes("node_modules");
}
