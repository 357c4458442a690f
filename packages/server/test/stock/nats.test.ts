import { describe } from "vitest";
import { openNats } from "../engines/nats/support/open-nats.js";
import { stockClientSuite } from "../suites/stock-client-suite.js";
import { hasNats } from "../support/nats-server.js";
import { serve } from "../support/serve.js";
import { sharedNats } from "../support/shared-nats.js";

describe.runIf(hasNats)("with the log in NATS", () => {
  const nats = sharedNats();
  stockClientSuite("startServer", (options) => {
    const { servers, stream } = nats.newLog();
    return serve({ engine: (settings) => openNats(servers, settings, { stream }), ...options });
  });
});
