import { lmdbEngine, memoryEngine, startServer } from "@rtmsg/server";

/** rtmsg with its defaults; returns the port. */
export async function startRtmsg(path: string | undefined): Promise<number> {
  const engine = path === undefined ? memoryEngine() : lmdbEngine({ path });
  const { url } = await startServer({ port: 0, engine });
  return Number(new URL(url).port);
}
