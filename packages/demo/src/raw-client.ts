import { once } from "node:events";
import { WebSocket } from "ws";

/** Options of the plain client. */
export interface RawClientOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /**
   * How often the last message is sent back, in ms.
   * @default 5_000
   */
  readonly sendBackMs?: number;
}

/**
 * The test client without `@rtmsg/client`: a plain WebSocket and a POST, as any language has them.
 * Every 5 seconds it sends the last message back, which the broker logs.
 *
 * @param url - where the broker answers
 * @throws Error when the broker closes the connection, or cannot be reached
 */
export async function runRawClient(
  url: string,
  { signal, sendBackMs = 5_000 }: RawClientOptions,
): Promise<void> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/subscribe/newtopic`);
  let last: string | undefined;
  socket.on("message", (message) => {
    last = (message as Buffer).toString();
    console.log(`Received message: ${last}`);
  });
  const sendBack = setInterval(() => {
    if (last !== undefined) socket.send(last);
  }, sendBackMs);
  const closeNow = (): void => socket.close();
  signal.addEventListener("abort", closeNow);
  try {
    const closed = once(socket, "close") as Promise<[code: number, reason: Buffer]>;
    await Promise.race([once(socket, "open"), closed]);
    console.log("WebSocket client connected");
    await produce(url.replace(/^ws/, "http"));
    const [code, reason] = await closed;
    if (!signal.aborted) throw new Error(`The broker closed the connection (${code} ${reason.toString()})`);
  } finally {
    clearInterval(sendBack);
    signal.removeEventListener("abort", closeNow);
    socket.terminate();
  }
}

async function produce(url: string): Promise<void> {
  const response = await fetch(`${url}/produce/newtopic`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: JSON.stringify("This is a new event"),
  });
  if (!response.ok) throw new Error(`The event was refused: ${await response.text()}`);
}
