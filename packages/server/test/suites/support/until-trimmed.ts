import type { Broker } from "../../../src/broker/broker.js";
import { until } from "../../support/until.js";

/** Waits until a topic's retention has trimmed what is before an offset; some engines take a moment for it. */
export function untilTrimmedTo(broker: Broker, topic: string, earliest: number): Promise<void> {
  return until(
    async () => (await broker.topics.get(topic)).earliestOffset === earliest,
    `"${topic}" begins at offset ${earliest}`,
  );
}
