import type { Outcome } from "../harness/result.js";
import { benchProduce } from "./produce.js";
import { benchReceive } from "./receive.js";
import type { Scale } from "./scale.js";

/** The parts of the benchmark, by the name they are asked for. */
export const SDK_PARTS: Readonly<Record<string, (scale: Scale) => Promise<Outcome>>> = {
  produce: benchProduce,
  receive: benchReceive,
};
