import { natsEngine } from "@rtmsg/server/nats";
import fc from "fast-check";
import { describe, test } from "vitest";
import { hasNats } from "../../server/test/support/nats-server.js";
import { sharedNats } from "../../server/test/support/shared-nats.js";
import { surviveCuts } from "./support/survive-cuts.js";

describe.runIf(hasNats)(
  "brokers that share a log in NATS, each event once, in order, over 1,000 cuts",
  () => {
    const nats = sharedNats();

    test.each([1, 2])(
      "at random, by %i of them",
      async (brokers) => {
        await fc.assert(
          fc.asyncProperty(fc.integer(), (seed) => {
            const log = nats.newLog();
            return surviveCuts(
              seed,
              50,
              Array.from({ length: brokers }, () => natsEngine(log)),
            );
          }),
          { numRuns: 20, endOnFailure: true },
        );
      },
      900_000,
    );
  },
);
