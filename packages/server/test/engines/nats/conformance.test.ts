import { afterAll, beforeAll, describe, test } from "vitest";
import { engineConformance } from "../../../src/testing/index.js";
import { hasNats, startNats, type NatsServer } from "../../support/nats-server.js";
import { openNats } from "./support/open-nats.js";

describe.runIf(hasNats)("nats", () => {
  let nats: NatsServer;
  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(() => nats[Symbol.asyncDispose]());

  engineConformance(
    { describe, test },
    {
      name: "nats",
      isPersistent: true,
      countsIds: false,
      sumsBytes: false,
      open: ({ log, settings, maxLogBytes }) => openNats(nats.url, settings, { stream: log, maxLogBytes }),
    },
  );
});
