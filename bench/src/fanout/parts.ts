import type { Outcome } from "../harness/result.js";
import type { Scale } from "./scale.js";
import { benchCatchUp } from "./scenarios/catch-up.js";
import { benchDurable } from "./scenarios/durable.js";
import { benchGrowth } from "./scenarios/growth.js";
import { benchIdle } from "./scenarios/idle.js";
import { benchProduce } from "./scenarios/produce.js";
import { benchFew, benchLarge, benchMany } from "./scenarios/saturated.js";
import { benchStalled } from "./scenarios/stalled.js";
import { benchSteady } from "./scenarios/steady.js";
import { benchTopics } from "./scenarios/topics.js";

/** The scenarios, in their order. */
export const FANOUT_PARTS: Readonly<Record<string, (scale: Scale) => Promise<Outcome>>> = {
  many: benchMany,
  few: benchFew,
  large: benchLarge,
  steady: benchSteady,
  topics: benchTopics,
  idle: benchIdle,
  growth: benchGrowth,
  produce: benchProduce,
  durable: benchDurable,
  "catch-up": benchCatchUp,
  stalled: benchStalled,
};
