import { defineConfig } from "vite";

/** Where a broker answers while the page is developed. */
const BROKER = "http://127.0.0.1:3030";

export default defineConfig({
  // Relative, so that a proxy may put the broker under a path.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2023",
    assetsDir: "console",
    // The policy of the page lets nothing in that is written into another file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/trpc": { target: BROKER, ws: true }, "/healthz": BROKER } },
});
