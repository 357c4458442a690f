import { natsEngine } from "@rtmsg/server/nats";
import { describe } from "vitest";
import { hasNats } from "../../../server/test/support/nats-server.js";
import { sharedNats } from "../../../server/test/support/shared-nats.js";
import { setUp } from "./setup.js";

/**
 * Tests what a client does with a broker, whichever engine that has.
 *
 * @param cases - tests; each sets up its broker with what it is given
 */
export function overEngines(cases: (setUpOver: typeof setUp) => void): void {
  describe("over memory", () => {
    cases(setUp);
  });
  describe.runIf(hasNats)("over nats", () => {
    const nats = sharedNats();
    cases((options, serverOptions) =>
      setUp(options, { engine: natsEngine(nats.newLog()), ...serverOptions }),
    );
  });
}
