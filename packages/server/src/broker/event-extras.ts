import type { BrokerLimits } from "../limits/limits.js";
import { RtmsgError } from "../protocol/error.js";
import { headerBytes, type ProduceInput } from "../protocol/inputs.js";

/**
 * Holds an event's key and headers against the broker's limits, which may be lower than the protocol's.
 *
 * @throws RtmsgError `INPUT_INVALID`
 */
export function checkExtras({ key, headers }: ProduceInput, limits: BrokerLimits): void {
  if (key !== undefined && key.length > limits.keyLength) {
    throw new RtmsgError(
      "INPUT_INVALID",
      `The key has ${key.length} characters, over the limit of ${limits.keyLength}: shorten it`,
    );
  }
  if (headers === undefined) return;
  const count = Object.keys(headers).length;
  if (count > limits.headers) {
    throw new RtmsgError("INPUT_INVALID", `There are ${count} headers, over the limit of ${limits.headers}`);
  }
  const bytes = headerBytes(headers, limits.headerBytes);
  if (bytes > limits.headerBytes) {
    throw new RtmsgError(
      "INPUT_INVALID",
      `The headers have ${bytes} bytes in all, over the limit of ${limits.headerBytes}: shorten them`,
    );
  }
}
