import { lmdbEngine, memoryEngine, startServer, type EngineOpener } from "@rtmsg/server";
import type { RtmsgLog } from "../node-server.js";

/** rtmsg with its defaults; returns the port. */
export async function startRtmsg(log: RtmsgLog | undefined): Promise<number> {
  const { url } = await startServer({ port: 0, engine: await engineOf(log) });
  return Number(new URL(url).port);
}

async function engineOf(log: RtmsgLog | undefined): Promise<EngineOpener> {
  if (log === undefined) return memoryEngine();
  if ("path" in log) return lmdbEngine({ path: log.path });
  // Loaded here, so that the others' memory is their own.
  const { natsEngine } = await import("@rtmsg/server/nats");
  return natsEngine({ servers: log.nats });
}
