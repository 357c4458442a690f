import { appendCases } from "./engine/append-cases.js";
import { commitFeedCases } from "./engine/commit-feed-cases.js";
import { concurrencyCases } from "./engine/concurrency-cases.js";
import { dataCases } from "./engine/data-cases.js";
import { dedupeCases } from "./engine/dedupe-cases.js";
import { EngineLog } from "./engine/engine-log.js";
import { expectedOffsetCases } from "./engine/expected-offset-cases.js";
import { gapCases } from "./engine/gap-cases.js";
import { importCases } from "./engine/import-cases.js";
import { lifecycleCases } from "./engine/lifecycle-cases.js";
import { limitCases } from "./engine/limit-cases.js";
import { pagingCases } from "./engine/paging-cases.js";
import { patternCases } from "./engine/pattern-cases.js";
import { positionCases } from "./engine/position-cases.js";
import { retentionCases } from "./engine/retention-cases.js";
import { usageCases } from "./engine/usage-cases.js";
import type { EngineUnderTest, TestRunner } from "./engine/engine-under-test.js";
import type { DefineCase, ThemeContext } from "./engine/theme.js";

export type { EngineUnderTest, LogRequest, TestRunner } from "./engine/engine-under-test.js";

const THEMES: Readonly<Record<string, (context: ThemeContext) => void>> = {
  "append and order": appendCases,
  positions: positionCases,
  patterns: patternCases,
  paging: pagingCases,
  "trims and gaps": gapCases,
  retention: retentionCases,
  "event ids": dedupeCases,
  "expected offsets": expectedOffsetCases,
  "events of another log": importCases,
  "the commit feed": commitFeedCases,
  limits: limitCases,
  usage: usageCases,
  data: dataCases,
  "concurrent use": concurrencyCases,
  lifecycle: lifecycleCases,
};

/**
 * Defines the tests that every engine must pass, for any test runner. A test takes an empty log, and
 * waits up to ten seconds for what an engine does in the background.
 *
 * @param runner - the runner's `describe` and `test`
 * @param engine - the engine, and whether its log outlives it
 * @example
 * ```ts
 * import { describe, test } from "node:test";
 * import { engineConformance } from "@rtmsg/server/testing";
 *
 * engineConformance({ describe, test }, {
 *   name: "my engine",
 *   isPersistent: true,
 *   open: ({ log, settings, maxLogBytes }) => openMyEngine(`./logs/${log}`, settings, maxLogBytes),
 * });
 * ```
 */
export function engineConformance(runner: TestRunner, engine: EngineUnderTest): void {
  const test: DefineCase = (name, run, options = {}) => {
    runner.test(name, async () => {
      const log = new EngineLog(engine, options);
      await log.open();
      try {
        await run(log);
      } finally {
        await log.close();
      }
    });
  };
  const { isPersistent, countsIds = true, sumsBytes = true } = engine;
  runner.describe(`${engine.name} as an engine`, () => {
    for (const [theme, define] of Object.entries(THEMES)) {
      runner.describe(theme, () => define({ test, isPersistent, countsIds, sumsBytes }));
    }
  });
}
