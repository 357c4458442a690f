import type { Config } from "./settings.js";

export type { Config } from "./settings.js";

/**
 * The configuration of `rtmsg serve`, in `rtmsg.config.ts`. It returns what it is given: it is there for the types.
 *
 * @param config - any of the settings that docs/configuration.md lists
 * @example
 * ```ts
 * import { defineConfig } from "rtmsg/config";
 *
 * export default defineConfig({ port: 4000, topics: "./topics.ts", maxLogBytes: "10gb" });
 * ```
 * @example Topics that are declared right there
 * ```ts
 * export default defineConfig({ topics: defineTopics({ "orders.created": z.object({ id: z.string() }) }) });
 * ```
 */
export function defineConfig(config: Config): Config {
  return config;
}
