import { describe } from "vitest";
import { adapterCallCases } from "./adapter-call-cases.js";
import { adapterConnectionCases } from "./adapter-connection-cases.js";
import { adapterFormatCases } from "./adapter-format-cases.js";
import { adapterMergedCases } from "./adapter-merged-cases.js";
import { adapterStopCases } from "./adapter-stop-cases.js";
import { adapterSubscriptionCases } from "./adapter-subscription-cases.js";
import type { Adapter } from "./support/adapter.js";

/**
 * What a WebSocket adapter must do with any router, as tRPC's own does.
 *
 * @param adapter - tRPC's or ours
 */
export function adapterSuite(adapter: Adapter): void {
  describe(`any router, served by ${adapter.name}`, () => {
    adapterCallCases(adapter);
    adapterSubscriptionCases(adapter);
    adapterStopCases(adapter);
    adapterConnectionCases(adapter);
    adapterFormatCases(adapter);
    adapterMergedCases(adapter);
  });
}
