import type { AppRouter } from "@rtmsg/client";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import superjson from "superjson";
import { WebSocket } from "ws";
import type { BenchClient } from "./bench-client.js";

/** The stock `@trpc/client`, as its documentation sets it up. */
export function stockTrpcClient(port: number): BenchClient {
  const client = createWSClient({
    url: `ws://127.0.0.1:${port}/trpc`,
    // Node 20 has none of its own.
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  });
  const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client, transformer: superjson })] });
  return {
    produce: (topic, data) => trpc.produce.mutate({ topic, data }),
    receive: ({ topic, from, onReady, onData }) =>
      new Promise((resolve, reject) => {
        const subscription = trpc.subscribe.subscribe(
          { topic, from },
          {
            onStarted: onReady,
            onData: ({ data: item }) => {
              if ("type" in item || onData(item.data as string)) return;
              subscription.unsubscribe();
              resolve();
            },
            onError: reject,
          },
        );
      }),
  };
}
