import { defineConfig } from "tsdown";

// The published client stands alone: what it takes from @rtmsg/server is bundled in, code and types.
export default defineConfig({
  entry: { index: "src/index.ts", node: "src/node.ts", "react/index": "src/react/index.ts" },
  format: "esm",
  platform: "neutral",
  target: "es2023",
  dts: { sourcemap: false },
  // The client is disposable, and so are parts of tRPC: apps whose `lib` does not know that are helped out.
  banner: { dts: '/// <reference lib="esnext.disposable" />' },
  sourcemap: true,
  outDir: "dist",
  failOnWarn: true,
  deps: {
    alwaysBundle: [/^@rtmsg\/server(\/|$)/],
    // Nothing else may come along, least of all zod; but the types that `defineTopics` takes a schema by.
    onlyBundle: [/^@rtmsg\/server(\/|$)/, "@standard-schema/spec"],
  },
});
