import { describe } from "vitest";
import type { Broker } from "../../src/broker/broker.js";
import type { CreateBrokerOptions } from "../../src/create-broker.js";
import { stockCallCases } from "./stock-call-cases.js";
import { stockHttpCases } from "./stock-http-cases.js";
import { stockResumeCases } from "./stock-resume-cases.js";
import { stockSubscriptionCases } from "./stock-subscription-cases.js";
import { stockValueCases } from "./stock-value-cases.js";

/** A router, served at `/trpc` of a port over WebSocket and HTTP. */
export interface Served {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** The broker behind the router. */
  readonly broker: Broker;
}

/** Makes a broker and serves its router on a free port until the test has finished. */
export type Serve = (options?: CreateBrokerOptions) => Promise<Served>;

/**
 * What tRPC's own clients must be able to do, unchanged, whichever adapter serves the router.
 *
 * @param name - the adapter's
 * @param serve - serves a router with it
 */
export function stockClientSuite(name: string, serve: Serve): void {
  describe(`tRPC's own client, served by ${name}`, () => {
    stockCallCases(serve);
    stockSubscriptionCases(serve);
    stockResumeCases(serve);
    stockHttpCases(serve);
    stockValueCases(serve);
  });
}
