// A server in a process of its own (see node-server.ts).
import { anonymousBytesOf } from "../../harness/anonymous-memory.js";
import type { NodeServerKind, NodeServerQuestion, NodeServerTask, RtmsgLog } from "../node-server.js";
import type { Usage } from "../server-process.js";

/** Each loads only itself, so that memory is its own. */
const STARTS: Readonly<Record<NodeServerKind, (log: RtmsgLog | undefined) => Promise<number>>> = {
  rtmsg: async (log) => (await import("./rtmsg.js")).startRtmsg(log),
  "stock-trpc": async () => (await import("./stock-trpc.js")).startStockTrpc(),
  "naive-ws": async () => (await import("./naive-ws.js")).startNaiveWs(),
  "socket-io": async () => (await import("./socket-io.js")).startSocketIo(),
  aedes: async () => (await import("./aedes.js")).startAedes(),
  relay: async () => (await import("./relay.js")).startRelay(),
};

const { kind, log } = JSON.parse(process.argv[2] ?? "") as NodeServerTask;
process.once("disconnect", () => process.exit(1));
process.on("message", ({ collects }: NodeServerQuestion) => {
  if (collects) gc?.();
  const { user, system } = process.cpuUsage();
  const residentBytes = process.memoryUsage.rss();
  const anonymousBytes = anonymousBytesOf("self") ?? residentBytes;
  const usage: Usage = { cpuMicros: user + system, residentBytes, anonymousBytes };
  process.send?.(usage);
});
process.send?.(await STARTS[kind](log));
