import { createClient, isEvent } from "@rtmsg/client";
import { messageText } from "./message-text.js";

/** Options of the test client. */
export interface TestClientOptions {
  /** Stay after the event has come back. */
  readonly follow: boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * The test client: subscribes to `newtopic`, produces an event on it, and prints what comes, up to
 * that event.
 *
 * @param url - where the broker answers
 */
export async function runTestClient(url: string, { follow, signal }: TestClientOptions): Promise<void> {
  await using client = createClient({ url });
  let produced: number | undefined;
  for await (const item of client.subscribe({ topic: "newtopic", marks: true, signal })) {
    if (isEvent(item)) {
      console.log(`Received message: ${messageText(item.data)}`);
      if (item.offset === produced && !follow) break;
    } else if (item.type === "start") {
      console.log("WebSocket client connected");
      const receipt = await client.produce.mutate({ topic: "newtopic", data: "This is a new event" });
      produced = receipt.offset;
    }
  }
}
