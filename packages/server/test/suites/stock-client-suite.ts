import { describe } from "vitest";
import type { Serve } from "./serve.js";
import { stockCallCases } from "./stock-call-cases.js";
import { stockHttpCases } from "./stock-http-cases.js";
import { stockResumeCases } from "./stock-resume-cases.js";
import { stockSubscriptionCases } from "./stock-subscription-cases.js";
import { stockValueCases } from "./stock-value-cases.js";

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
