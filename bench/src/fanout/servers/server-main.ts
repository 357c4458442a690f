// A server in a process of its own (see node-server.ts).
import { anonymousBytesOf } from "../../harness/anonymous-memory.js";
import type { NodeServerKind, NodeServerQuestion, NodeServerTask } from "../node-server.js";
import type { Usage } from "../server-process.js";

/** Each loads only itself, so that memory is its own. */
const STARTS: Readonly<Record<NodeServerKind, (path: string | undefined) => Promise<number>>> = {
  rtmsg: async (path) => (await import("./rtmsg.js")).startRtmsg(path),
  "stock-trpc": async () => (await import("./stock-trpc.js")).startStockTrpc(),
  "naive-ws": async () => (await import("./naive-ws.js")).startNaiveWs(),
  "socket-io": async () => (await import("./socket-io.js")).startSocketIo(),
  aedes: async () => (await import("./aedes.js")).startAedes(),
  relay: async () => (await import("./relay.js")).startRelay(),
};

const { kind, path } = JSON.parse(process.argv[2] ?? "") as NodeServerTask;
process.once("disconnect", () => process.exit(1));
process.on("message", ({ collects }: NodeServerQuestion) => {
  if (collects) gc?.();
  const { user, system } = process.cpuUsage();
  const residentBytes = process.memoryUsage.rss();
  const anonymousBytes = anonymousBytesOf("self") ?? residentBytes;
  const usage: Usage = { cpuMicros: user + system, residentBytes, anonymousBytes };
  process.send?.(usage);
});
process.send?.(await STARTS[kind](path));
