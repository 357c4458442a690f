import { createClient } from "@rtmsg/client";
import type { BenchClient } from "./bench-client.js";

/** `@rtmsg/client` with its defaults. */
export function rtmsgClient(port: number): BenchClient {
  const client = createClient({ url: `http://127.0.0.1:${port}` });
  return {
    produce: (topic, data) => client.produce.mutate({ topic, data }),
    async receive({ topic, from, onReady, onData }) {
      for await (const item of client.subscribe({ topic, from, marks: true })) {
        if ("type" in item) {
          if (item.type === "start") onReady();
        } else if (!onData(item.data as string)) break;
      }
    },
  };
}
