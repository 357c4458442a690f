import type { Row } from "../harness/result.js";
import { benchGrowth } from "./growth.js";
import { benchIdle } from "./idle.js";
import { benchProduce } from "./produce.js";
import { benchFew, benchLarge, benchMany } from "./saturated.js";
import type { Scale } from "./scale.js";

/** The parts of the benchmark, in their order. */
export const FANOUT_PARTS: Readonly<Record<string, (scale: Scale) => Promise<Row[]>>> = {
  many: benchMany,
  few: benchFew,
  large: benchLarge,
  idle: benchIdle,
  growth: benchGrowth,
  produce: benchProduce,
};
