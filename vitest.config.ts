import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));
const full = process.env["RTMSG_FULL"] === "1";
const isCI = process.env["CI"] === "true";

export default defineConfig({
  resolve: {
    // Tests run on the source, so that a failure points at it and no build can be stale.
    alias: [
      { find: /^@rtmsg\/server$/, replacement: source("server/src/index.ts") },
      { find: /^@rtmsg\/server\/(protocol|topics|testing)$/, replacement: source("server/src/$1/index.ts") },
      { find: /^@rtmsg\/server\/nats$/, replacement: source("server/src/engines/nats.ts") },
      { find: /^@rtmsg\/client$/, replacement: source("client/src/node.ts") },
      { find: /^@rtmsg\/client\/react$/, replacement: source("client/src/react/index.ts") },
    ],
  },
  test: {
    include: ["packages/*/test/**/*.test.ts", "bench/test/**/*.test.ts", "examples/*/test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "**/dist/**", ...(full ? [] : ["**/*.full.test.ts"])],
    passWithNoTests: true,
    // Most of a test's time is another process's, or the disk's: two files at a time take little more than one.
    maxWorkers: 2,
    // A machine that others use too may stall for seconds; nothing here is about time.
    testTimeout: full || isCI ? 120_000 : 30_000,
    hookTimeout: 60_000,
    // For the same reason CI lets a test fail twice before it fails the run.
    retry: isCI ? 2 : 0,
  },
});
