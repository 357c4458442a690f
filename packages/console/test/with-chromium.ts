import type { Browser } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { findChromium, startChromium } from "../../client/test/support/chromium.js";

const chromium = findChromium();
const isSkipped = chromium === undefined && process.env["CI"] !== "true";

/** How long a test may take on a machine that others use too. */
const TIMEOUT = { timeout: 180_000 } as const;

/**
 * A test with a browser, which the tests of a file share. It is skipped, and says so, where there is none.
 *
 * @returns what makes a test of a behaviour and a function that is handed the browser
 */
export function browserTests(): (behaviour: string, run: (browser: Browser) => Promise<void>) => void {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (!isSkipped) browser = await startChromium(chromium ?? "chromium");
  }, 120_000);
  afterAll(() => browser?.close());
  return (behaviour, run) => {
    // oxlint-disable-next-line vitest/valid-title -- it is one, handed on
    test(behaviour, TIMEOUT, async ({ skip }) => {
      if (browser === undefined) skip("there is no chromium on the PATH");
      else await run(browser);
    });
  };
}
