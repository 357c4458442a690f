import { join } from "node:path";

/** A JavaScript runtime besides Node and browsers, as npm has it for this machine. */
export interface Runtime {
  readonly name: string;
  /** The npm package that holds nothing but its binary. */
  readonly package: string;
  /** The binary and its arguments, before a program's. */
  readonly command: (nodeModules: string) => readonly [file: string, ...args: string[]];
}

const { platform, arch } = process;
const bunPackage = `@oven/bun-${platform}-${arch === "arm64" ? "aarch64" : arch}`;
const denoPackage = `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`;

/** The runtimes, each with no more rights than a client needs where there are rights. */
export const RUNTIMES: readonly Runtime[] = [
  {
    name: "Bun",
    package: bunPackage,
    command: (nodeModules) => [join(nodeModules, bunPackage, "bin", "bun"), "run"],
  },
  {
    name: "Deno",
    package: denoPackage,
    command: (nodeModules) => [
      join(nodeModules, denoPackage, "deno"),
      "run",
      "--no-prompt",
      "--allow-net=127.0.0.1",
    ],
  },
];

/** Produces numbers and reads them back as they come, through whatever happens to its connections. */
export const STEADY = `
import { createClient } from "@rtmsg/client";
import type { topics } from "./topics.ts";
import { count, url } from "./settings.ts";

const client = createClient<typeof topics>({ url, backoff: { baseMs: 4, maxMs: 16 } });
const logs = client.topic("logs.runtime");
const events = logs.subscribe({ from: "earliest" });
let next = 0;
let duplicates = 0;
const caller = async () => {
  while (next < count) if ((await logs.produce({ n: next++ })).duplicate) duplicates += 1;
};
const produced = Promise.all([caller(), caller(), caller(), caller()]);
const seen: number[] = [];
for await (const { data } of events) {
  seen.push(data.n);
  if (seen.length === count) break;
}
await produced;
console.log(JSON.stringify({ seen, duplicates, state: client.connection.state }));
await client.close();
`;

/** Is refused, and says why. */
export const REFUSED = `
import { createClient, isRtmsgError } from "@rtmsg/client";
import { url } from "./settings.ts";

const client = createClient({ url, token: "nobody's" });
try {
  await client.topic("logs.runtime").info();
} catch (error) {
  if (!isRtmsgError(error)) throw error;
  console.log(JSON.stringify({ code: error.code, state: client.connection.state }));
}
`;

/** The declarations, as a module that no package is needed for. */
export const RUNTIME_TOPICS = `
import { defineTopics } from "@rtmsg/client";
import { z } from "zod";
export const topics = defineTopics({ "logs.>": z.object({ n: z.number() }) });
`;
