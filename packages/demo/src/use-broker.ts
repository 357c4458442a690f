import { memoryEngine, startServer } from "@rtmsg/server";

const LOCAL_URL = "http://127.0.0.1:3030";
/** How long a broker gets to say that it is there, in ms. */
const TIMEOUT_MS = 2_000;

/** A broker to talk to; disposing of it closes it if it is ours. */
export interface UsedBroker extends AsyncDisposable {
  readonly url: string;
}

/**
 * Finds the broker to talk to: the one at `url`, else the local one, else one that is started here.
 *
 * @param url - where it has to be, if that is known
 * @param localUrl - where the local one would be
 * @throws Error when `url` was given and no broker answers there
 */
export async function useBroker(url: string | undefined, localUrl = LOCAL_URL): Promise<UsedBroker> {
  const wanted = (url ?? localUrl).replace(/\/$/, "");
  if (await answers(wanted)) return { url: wanted, [Symbol.asyncDispose]: () => Promise.resolve() };
  if (url !== undefined) {
    throw new Error(`No broker answers at ${wanted}: start one with "npm start", or leave --url out`);
  }
  const server = await startServer({ port: 0, engine: memoryEngine() });
  console.log(`No broker answers at ${wanted}: started one in this process, at ${server.url}`);
  return server;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url.replace(/^ws/, "http")}/healthz`, {
      // A connection that is kept alive would keep the process alive.
      headers: { connection: "close" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null && "epoch" in body;
  } catch {
    return false;
  }
}
