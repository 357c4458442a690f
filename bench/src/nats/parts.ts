import type { Scale } from "../fanout/scale.js";
import type { Outcome } from "../harness/result.js";
import { benchFanOut } from "./fan-out.js";
import { benchProduce } from "./produce.js";

/** The parts of the benchmark, by the name they are asked for. */
export const NATS_PARTS: Readonly<Record<string, (scale: Scale) => Promise<Outcome>>> = {
  fanout: benchFanOut,
  produce: benchProduce,
};
